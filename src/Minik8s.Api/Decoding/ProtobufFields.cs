using System.Collections.Concurrent;
using System.Globalization;

namespace Minik8s.Api.Decoding;

/// <summary>
/// The field numbers of Kubernetes' protobuf encoding (wire facts of its <c>generated.proto</c> files), for every type that clients send in it: one
/// embedded text file a package, read when a type of the package is first met. A line is a type and its fields with their numbers; an asterisk marks
/// a field whose empty value Go's JSON encoder writes too, and <c>+Type</c> a message whose fields stand in the outer object in JSON.
/// </summary>
internal static class ProtobufFields
{
    private static readonly ConcurrentDictionary<string, Dictionary<string, Dictionary<int, ProtobufField>>> Packages = new(StringComparer.Ordinal);

    /// <summary>Fields by number; null when the type has no table.</summary>
    public static IReadOnlyDictionary<int, ProtobufField>? Of(string definition)
    {
        var dot = definition.LastIndexOf('.');
        return dot < 0 ? null : Packages.GetOrAdd(definition[..dot], Read).GetValueOrDefault(definition[(dot + 1)..]);
    }

    private static Dictionary<string, Dictionary<int, ProtobufField>> Read(string package)
    {
        using var stream = typeof(ProtobufFields).Assembly.GetManifestResourceStream($"protobuf/{package}.txt");
        if (stream is null) return [];
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(line => line.Split(' '))
            .ToDictionary(words => words[0], words => words[1..].Select(word => Parse(word, package)).ToDictionary(f => f.Number, f => f.Field), StringComparer.Ordinal);
    }

    private static (int Number, ProtobufField Field) Parse(string word, string package)
    {
        var parts = word.TrimEnd('*').Split('=');
        var inline = parts[0][0] == '+' ? $"{package}.{parts[0][1..]}" : null;
        return (int.Parse(parts[1], CultureInfo.InvariantCulture), new(parts[0], word.EndsWith('*'), inline));
    }
}

/// <summary>A field of a message.</summary>
/// <param name="Name">Its name in JSON.</param>
/// <param name="KeepsEmpty">Whether 0, false, "" and an empty object are values that a client has set: pointers in Go, which are not written when they are unset.</param>
/// <param name="Inline">The definition whose fields stand in the outer object in JSON; null for a field of its own.</param>
internal readonly record struct ProtobufField(string Name, bool KeepsEmpty, string? Inline);
