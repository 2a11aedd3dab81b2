using System.Text.Json.Nodes;

namespace Minik8s.Api;

/// <summary>Reading of decoded objects: what is absent, or of another type than asked for, is null.</summary>
public static class Json
{
    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    public static long? Number(this JsonNode? node)
    {
        if (node is not JsonValue value) return null;
        return value.TryGetValue<long>(out var large) ? large : value.TryGetValue<int>(out var small) ? small : null;
    }

    public static bool? Flag(this JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var flag) ? flag : null;

    public static JsonObject? Map(this JsonNode? node, string name) => (node as JsonObject)?[name] as JsonObject;

    public static string? Text(this JsonNode? node, string name) => (node as JsonObject)?[name].Text();

    public static long? Number(this JsonNode? node, string name) => (node as JsonObject)?[name].Number();

    public static bool Flag(this JsonNode? node, string name) => (node as JsonObject)?[name].Flag() ?? false;

    /// <summary>The objects of a list; none when it is absent.</summary>
    public static IEnumerable<JsonObject> Items(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonArray list ? list.OfType<JsonObject>() : [];

    /// <summary>The texts of a list; none when it is absent.</summary>
    public static IEnumerable<string> Texts(this JsonNode? node, string name) =>
        (node as JsonObject)?[name] is JsonArray list ? list.Select(t => t.Text() ?? "") : [];

    /// <summary>Whether two values mean the same to a Go client: what is absent, an empty list and an empty map do not differ.</summary>
    public static bool Same(this JsonNode? a, JsonNode? b) => JsonNode.DeepEquals(a.OrNull(), b.OrNull());

    private static JsonNode? OrNull(this JsonNode? node) => node is JsonArray { Count: 0 } or JsonObject { Count: 0 } ? null : node;

    /// <summary>The child object, made when absent.</summary>
    public static JsonObject Ensure(this JsonObject obj, string name)
    {
        if (obj[name] is JsonObject child) return child;
        child = [];
        obj[name] = child;
        return child;
    }

    /// <summary>Sets a value where there is none.</summary>
    public static void Default(this JsonObject obj, string name, JsonNode value)
    {
        if (obj[name] is null) obj[name] = value;
    }
}
