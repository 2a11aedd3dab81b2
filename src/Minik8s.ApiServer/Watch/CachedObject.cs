using System.Text.Json;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Watch;

/// <summary>An object as it is kept and served: its JSON with the resourceVersion in place, and the little of it that selection needs.</summary>
public sealed class CachedObject
{
    private static readonly Dictionary<string, string> NoLabels = [];

    private CachedObject(string key, string ns, string name, Dictionary<string, string> labels, string[] fields, long revision, byte[] json)
    {
        Key = key;
        Namespace = ns;
        Name = name;
        Labels = labels;
        Fields = fields;
        Revision = revision;
        Json = json;
    }

    /// <summary>The key in the store.</summary>
    public string Key { get; }

    /// <summary>Empty for cluster-wide kinds.</summary>
    public string Namespace { get; }

    public string Name { get; }

    public IReadOnlyDictionary<string, string> Labels { get; }

    /// <summary>The values of the resource's indexed fields, in their order.</summary>
    public string[] Fields { get; }

    public long Revision { get; }

    /// <summary>The whole object as UTF-8 JSON; never changed.</summary>
    public byte[] Json { get; }

    /// <summary>Reads what the store holds; the revision is put into <c>metadata.resourceVersion</c>.</summary>
    public static CachedObject Read(ResourceDefinition resource, string key, ReadOnlyMemory<byte> stored, long revision)
    {
        if (resource.Upgrade is { } upgrade) stored = upgrade(stored);
        var json = WithResourceVersion(stored.Span, revision);
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        var metadata = root.GetProperty("metadata");
        Dictionary<string, string>? labels = null;
        if (metadata.TryGetProperty("labels", out var map))
        {
            labels = new(StringComparer.Ordinal);
            foreach (var label in map.EnumerateObject()) labels[string.Intern(label.Name)] = label.Value.GetString() ?? "";
        }

        var fields = resource.IndexedFields.Count == 0 ? [] : new string[resource.IndexedFields.Count];
        for (var i = 0; i < fields.Length; i++) fields[i] = FieldValue(root, resource.IndexedFields[i]);
        return new(key, Text(metadata, "namespace"), Text(metadata, "name"), labels ?? NoLabels, fields, revision, json);
    }

    /// <summary>The same object in another version.</summary>
    public CachedObject In(byte[] json) => new(Key, Namespace, Name, (Dictionary<string, string>)Labels, Fields, Revision, json);

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static string FieldValue(JsonElement root, SelectableField field)
    {
        var at = root;
        foreach (var part in field.Path)
        {
            if (at.ValueKind != JsonValueKind.Object || !at.TryGetProperty(part, out at)) return field.Default;
        }

        return at.ValueKind switch
        {
            JsonValueKind.String => string.Intern(at.GetString()!),
            JsonValueKind.True => "true",
            JsonValueKind.False => "false",
            JsonValueKind.Null => field.Default,
            _ => at.ToString(),
        };
    }

    /// <summary>Stored objects carry no resourceVersion, because they cannot know it; it is put in first in their metadata.</summary>
    private static byte[] WithResourceVersion(ReadOnlySpan<byte> stored, long revision)
    {
        var reader = new Utf8JsonReader(stored);
        reader.Read();
        while (reader.Read() && !(reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("metadata"u8))) reader.TrySkip();
        reader.Read();
        var at = (int)reader.TokenStartIndex + 1;
        Span<byte> text = stackalloc byte[48];
        "\"resourceVersion\":\""u8.CopyTo(text);
        System.Buffers.Text.Utf8Formatter.TryFormat(revision, text[19..], out var digits);
        "\","u8.CopyTo(text[(19 + digits)..]);
        var inserted = text[..(21 + digits)];
        var json = new byte[stored.Length + inserted.Length];
        stored[..at].CopyTo(json);
        inserted.CopyTo(json.AsSpan(at));
        stored[at..].CopyTo(json.AsSpan(at + inserted.Length));
        return json;
    }
}
