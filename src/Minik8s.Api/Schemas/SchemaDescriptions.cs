using System.Text.Json;

namespace Minik8s.Api.Schemas;

/// <summary>The descriptions of the built-in types and fields. A megabyte of text that only OpenAPI asks for: load it, use it, let it go.</summary>
public sealed class SchemaDescriptions
{
    private readonly byte[] _text;
    private readonly Dictionary<string, Range> _index;

    private SchemaDescriptions(byte[] text, Dictionary<string, Range> index)
    {
        _text = text;
        _index = index;
    }

    public static SchemaDescriptions Load()
    {
        var text = SchemaArtefact.Read("descriptions.json.br");
        return new(text, SchemaArtefact.Index(text));
    }

    /// <summary>Descriptions of a definition by field name, its own under the empty name.</summary>
    public IReadOnlyDictionary<string, string> Of(string definition)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!_index.TryGetValue(definition, out var range)) return texts;
        using var json = JsonDocument.Parse(_text.AsMemory(range));
        foreach (var field in json.RootElement.EnumerateObject()) texts[field.Name] = field.Value.GetString() ?? "";
        return texts;
    }
}
