using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Patch;

/// <summary>JSON patch (RFC 6902).</summary>
public static class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>Applies the operations in order to a copy.</summary>
    /// <exception cref="StatusException">400 when the patch is not one, 422 when an operation cannot be applied.</exception>
    public static JsonObject Apply(JsonObject target, ReadOnlySpan<byte> patch)
    {
        var operations = Parse(patch);
        if (operations.Count > MaxOperations)
        {
            throw StatusErrors.TooLarge($"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }

        JsonNode? root = target.DeepClone();
        foreach (var node in operations)
        {
            if (node is not JsonObject operation) throw StatusErrors.BadRequest("error decoding patch: an operation is not an object");
            root = ApplyOne(root, operation);
        }

        return root as JsonObject ?? throw Rejected("the patched document is not an object");
    }

    private static JsonArray Parse(ReadOnlySpan<byte> patch)
    {
        try
        {
            return ObjectDecoder.DecodeAny(patch) as JsonArray ?? throw StatusErrors.BadRequest("error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch");
        }
        catch (DecodeException e)
        {
            throw StatusErrors.BadRequest($"error decoding patch: {e.Message}");
        }
    }

    private static JsonNode? ApplyOne(JsonNode? root, JsonObject operation)
    {
        var kind = Text(operation, "op");
        var path = Pointer(Text(operation, "path"));
        switch (kind)
        {
            case "add":
                return Add(root, path, Value(operation));
            case "remove":
                return Remove(root, path, out _);
            case "replace":
                if (path.Length == 0) return Value(operation);
                Find(root, path);
                return Add(Remove(root, path, out _), path, Value(operation));
            case "move":
                var moved = Remove(root, Pointer(Text(operation, "from")), out var value);
                return Add(moved, path, value);
            case "copy":
                return Add(root, path, Find(root, Pointer(Text(operation, "from")))?.DeepClone());
            case "test":
                return JsonNode.DeepEquals(Find(root, path), Value(operation)) ? root : throw Rejected($"testing value {Text(operation, "path")} failed: test failed");
            default:
                throw Rejected($"Unexpected kind: {kind}");
        }
    }

    private static JsonNode? Add(JsonNode? root, string[] path, JsonNode? value)
    {
        if (path.Length == 0) return value;
        switch (Find(root, path[..^1]))
        {
            case JsonObject map:
                map[path[^1]] = value;
                break;
            case JsonArray list:
                list.Insert(path[^1] == "-" ? list.Count : Index(path[^1], list.Count), value);
                break;
            default:
                throw Rejected($"add operation does not apply: doc is missing path: \"/{string.Join('/', path)}\": missing value");
        }

        return root;
    }

    private static JsonNode? Remove(JsonNode? root, string[] path, out JsonNode? removed)
    {
        if (path.Length == 0)
        {
            removed = root;
            return null;
        }

        switch (Find(root, path[..^1]))
        {
            case JsonObject map when map.TryGetPropertyValue(path[^1], out removed):
                map.Remove(path[^1]);
                return root;
            case JsonArray list:
                var at = Index(path[^1], list.Count - 1);
                removed = list[at];
                list.RemoveAt(at);
                return root;
            default:
                throw Rejected($"remove operation does not apply: doc is missing path: \"/{string.Join('/', path)}\": missing value");
        }
    }

    private static JsonNode? Find(JsonNode? root, string[] path)
    {
        var node = root;
        foreach (var part in path)
        {
            node = node switch
            {
                JsonObject map when map.TryGetPropertyValue(part, out var child) => child,
                JsonArray list => list[Index(part, list.Count - 1)],
                _ => throw Rejected($"doc is missing path: \"/{string.Join('/', path)}\": missing value"),
            };
        }

        return node;
    }

    private static int Index(string part, int largest)
    {
        if (!int.TryParse(part, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index)) throw Rejected($"value for array index is not a number: \"{part}\"");
        return index >= 0 && index <= largest ? index : throw Rejected($"Unable to access invalid index: {index}: invalid index referenced");
    }

    private static string[] Pointer(string pointer)
    {
        if (pointer.Length == 0) return [];
        if (pointer[0] != '/') throw Rejected($"the path \"{pointer}\" does not begin with a slash");
        return [.. pointer[1..].Split('/').Select(p => p.Replace("~1", "/").Replace("~0", "~"))];
    }

    private static string Text(JsonObject operation, string name) =>
        operation[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw Rejected($"a patch operation needs the text field \"{name}\"");

    private static JsonNode? Value(JsonObject operation) =>
        operation.ContainsKey("value") ? operation["value"]?.DeepClone() : throw Rejected("a patch operation needs the field \"value\"");

    private static StatusException Rejected(string why) =>
        new(422, StatusReason.Invalid, "the server rejected our request due to an error in our request", new StatusDetails(Causes: [new StatusCause("UnexpectedServerResponse", why)]));
}
