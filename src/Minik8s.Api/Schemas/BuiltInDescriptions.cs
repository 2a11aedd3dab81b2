using System.Text.Json;

namespace Minik8s.Api.Schemas;

/// <summary>
/// The descriptions of the built-in kinds and their fields, for OpenAPI. They take a megabyte, so whoever needs them loads them and lets go of them.
/// </summary>
public sealed class BuiltInDescriptions
{
    private readonly byte[] _text;
    private readonly Dictionary<string, Range> _index;

    private BuiltInDescriptions(byte[] text)
    {
        _text = text;
        _index = SchemaArtefact.Index(text);
    }

    public static BuiltInDescriptions Load() => new(SchemaArtefact.Read("descriptions.json.br"));

    /// <summary>The texts of a definition's fields by name, and its own under the empty name; none for an unknown definition.</summary>
    public IReadOnlyDictionary<string, string> Of(string definition)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!_index.TryGetValue(definition, out var range)) return texts;
        using var json = JsonDocument.Parse(_text.AsMemory(range));
        foreach (var field in json.RootElement.EnumerateObject()) texts[field.Name] = field.Value.GetString()!;
        return texts;
    }
}
