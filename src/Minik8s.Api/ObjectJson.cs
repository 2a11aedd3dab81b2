using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.Api;

/// <summary>
/// Reads the JSON of objects that a server has accepted. Bodies are bounded where they come in; what was accepted has to stay readable, also with what defaults,
/// patches and field managers have put below it, which is more than the 64 levels that readers of JSON take when nothing is said.
/// </summary>
public static class ObjectJson
{
    /// <summary>Levels of nesting: as many as the writers of JSON take.</summary>
    public const int MaxDepth = 1000;

    /// <summary>How a reader has to be set.</summary>
    public static JsonReaderOptions ReaderOptions => new() { MaxDepth = MaxDepth };

    /// <summary>How a document has to be parsed.</summary>
    public static JsonDocumentOptions DocumentOptions => new() { MaxDepth = MaxDepth };

    /// <summary>A view of an object.</summary>
    public static JsonDocument Document(ReadOnlyMemory<byte> utf8Json) => JsonDocument.Parse(utf8Json, DocumentOptions);

    /// <summary>An object that can be changed.</summary>
    public static JsonObject Parse(ReadOnlySpan<byte> utf8Json) => JsonNode.Parse(utf8Json, documentOptions: DocumentOptions)!.AsObject();
}
