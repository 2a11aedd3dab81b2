using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Patch;

/// <summary>
/// JSON patch (RFC 6902), with the liberties that Kubernetes' library takes: <c>replace</c> adds a field that is not there, <c>test</c> of an absent field
/// succeeds with null, and negative indices count from a list's end.
/// </summary>
public sealed class JsonPatch
{
    private const int MaxOperations = 10_000;

    /// <summary>How deep a document may become; decoding takes less.</summary>
    private const int MaxDepth = 500;

    /// <summary>What all copies together may add, in bytes, roughly: without a bound each copy of the whole would double it.</summary>
    private const int MaxCopied = 3 * 1024 * 1024;

    /// <summary>Values that may be looked at for their depth in all operations together.</summary>
    private const int MaxWork = 20_000_000;

    private readonly JsonArray _operations;

    private JsonPatch(JsonArray operations) => _operations = operations;

    /// <param name="patch">The patch's text.</param>
    /// <param name="strictErrors">Receives what a strict reader objects to.</param>
    /// <exception cref="StatusException">400 when it is not a patch, 413 when it has too many operations.</exception>
    public static JsonPatch Parse(ReadOnlySpan<byte> patch, ICollection<string> strictErrors)
    {
        const string Prefix = "error decoding patch: ";
        var duplicates = new List<string>();
        if (PatchDocument.Parse(patch, Prefix, duplicates) is not JsonArray operations)
        {
            throw StatusErrors.BadRequest($"{Prefix}json: cannot unmarshal {(patch.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] ? "object" : "value")} into Go value of type []handlers.jsonPatchOp");
        }

        if (operations.Count > MaxOperations)
        {
            throw StatusErrors.TooLarge($"The allowed maximum operations in a JSON patch is {MaxOperations}, got {operations.Count}");
        }

        foreach (var path in duplicates) strictErrors.Add($"json patch duplicate field \"{path}\"");
        for (var i = 0; i < operations.Count; i++)
        {
            if (operations[i] is not JsonObject operation) throw StatusErrors.BadRequest($"{Prefix}json: cannot unmarshal value into Go value of type handlers.jsonPatchOp");
            foreach (var (name, value) in operation)
            {
                if (name is "op" or "path" or "from")
                {
                    if (value is not null && value.GetValueKind() != JsonValueKind.String) throw StatusErrors.BadRequest($"{Prefix}json: cannot unmarshal value into Go struct field jsonPatchOp.{name} of type string");
                }
                else if (name != "value" && strictErrors.Count < 100)
                {
                    strictErrors.Add($"json patch unknown field \"[{i}].{name}\"");
                }
            }
        }

        return new(operations);
    }

    /// <summary>Applies the operations in order to a copy.</summary>
    /// <exception cref="StatusException">422 when an operation cannot be applied.</exception>
    public JsonObject Apply(JsonObject target)
    {
        var run = new Run(target.DeepClone());
        foreach (var operation in _operations) run.Do((JsonObject)operation!);
        return run.Root as JsonObject ?? throw PatchErrors.Rejected("the patched document is not an object");
    }

    private sealed class Run(JsonNode root)
    {
        private int _copied;
        private int _work;

        public JsonNode? Root { get; private set; } = root;

        public void Do(JsonObject operation)
        {
            var kind = Text(operation, "op") ?? "unknown";
            if (kind is not ("add" or "remove" or "replace" or "move" or "test" or "copy")) throw PatchErrors.Rejected($"Unexpected kind: {kind}");
            var path = Text(operation, "path") ?? throw PatchErrors.Rejected($"{kind} operation failed to decode path: missing value");
            switch (kind)
            {
                case "add":
                    Add(kind, path, operation["value"]?.DeepClone(), $"add operation does not apply: doc is missing path: \"{path}\": missing value");
                    break;
                case "remove":
                    Remove(kind, path, Container(path) ?? throw PatchErrors.Rejected($"remove operation does not apply: doc is missing path: \"{path}\": missing value"));
                    break;
                case "replace":
                    Replace(path, operation["value"]?.DeepClone());
                    break;
                case "test":
                    Test(path, operation["value"]);
                    break;
                default:
                    Transfer(kind, path, Text(operation, "from") ?? throw PatchErrors.Rejected($"{kind} operation failed to decode from: operation, missing from field: missing value"));
                    break;
            }
        }

        private void Add(string kind, string path, JsonNode? value, string missing)
        {
            CheckDepth(path, value);
            var (container, key) = Container(path) ?? throw PatchErrors.Rejected(missing);
            if (container is JsonObject map)
            {
                map[key] = value;
                return;
            }

            var list = (JsonArray)container;
            if (key == "-")
            {
                list.Add(value);
                return;
            }

            if (!TryInteger(key, out var index)) throw PatchErrors.Rejected($"error in {kind} for path: '{path}': value was not a proper array index: '{key}': strconv.Atoi: parsing {JsonText.Quote(key)}: invalid syntax");
            list.Insert(Position(index, list.Count + 1, list.Count + 1, kind, path), value);
        }

        private static JsonNode? Remove(string kind, string path, (JsonNode Node, string Key) at)
        {
            JsonNode? value;
            if (at.Node is JsonObject map)
            {
                if (!map.Remove(at.Key, out value)) throw PatchErrors.Rejected($"error in {kind} for path: '{path}': Unable to remove nonexistent key: {at.Key}: missing value");
                return value;
            }

            var list = (JsonArray)at.Node;
            var index = Position(Index(at.Key, kind, path), list.Count, list.Count, kind, path);
            value = list[index];
            list.RemoveAt(index);
            return value;
        }

        private void Replace(string path, JsonNode? value)
        {
            CheckDepth(path, value);
            if (path.Length == 0)
            {
                Root = value is JsonObject or JsonArray ? value : throw PatchErrors.Rejected("replace operation value must be object or array");
                return;
            }

            var (container, key) = Container(path) ?? throw PatchErrors.Rejected($"replace operation does not apply: doc is missing path: {path}: missing value");
            if (container is JsonObject map)
            {
                map[key] = value;
                return;
            }

            var list = (JsonArray)container;
            if (!TryInteger(key, out var index) || index >= list.Count || index < -list.Count) throw PatchErrors.Rejected($"replace operation does not apply: doc is missing key: {path}: missing value");
            list[index < 0 ? index + list.Count : index] = value;
        }

        private void Test(string path, JsonNode? expected)
        {
            JsonNode? actual;
            if (path.Length == 0)
            {
                actual = Root;
            }
            else
            {
                var at = Container(path) ?? throw PatchErrors.Rejected($"test operation does not apply: is missing path: {path}: missing value");
                actual = Get("test", path, at);
            }

            if (!JsonText.Same(actual, expected)) throw PatchErrors.Rejected($"testing value {path} failed: test failed");
        }

        private void Transfer(string kind, string path, string from)
        {
            var source = Container(from) ?? throw PatchErrors.Rejected($"{kind} operation does not apply: doc is missing from path: {from}: missing value");
            var value = kind == "move" ? Remove(kind, from, source) : Get(kind, from, source)?.DeepClone();
            if (kind == "copy" && (_copied += Size(value)) > MaxCopied)
            {
                throw PatchErrors.Rejected($"Unable to complete the copy, the accumulated size increase of copy is {_copied}, exceeding the limit {MaxCopied}");
            }

            Add(kind, path, value, $"{kind} operation does not apply: doc is missing destination path: {path}: missing value");
        }

        private static JsonNode? Get(string kind, string path, (JsonNode Node, string Key) at)
        {
            if (at.Node is JsonObject map) return map[at.Key];
            var list = (JsonArray)at.Node;
            return list[Position(Index(at.Key, kind, path), list.Count, list.Count, kind, path)];
        }

        /// <summary>The object or list that holds what a pointer (RFC 6901) points to, and its name in there; null when it is not there.</summary>
        private (JsonNode Node, string Key)? Container(string path)
        {
            if (path.Length == 0 || path[0] != '/') return null;
            var parts = path.Split('/');
            var node = Root;
            for (var i = 1; i < parts.Length - 1; i++)
            {
                var part = Unescape(parts[i]);
                node = node switch
                {
                    JsonObject map => map[part],
                    JsonArray list when TryInteger(part, out var index) && index < list.Count && index >= -list.Count => list[index < 0 ? index + list.Count : index],
                    _ => null,
                };
            }

            return node is JsonObject or JsonArray ? (node, Unescape(parts[^1])) : null;
        }

        private void CheckDepth(string path, JsonNode? value)
        {
            var depth = path.AsSpan().Count('/');
            if (depth + Height(value, MaxDepth) > MaxDepth) throw PatchErrors.Rejected("the patched document exceeds the maximum depth");
            if (_work > MaxWork) throw PatchErrors.Rejected("the patch moves too much");
        }

        private int Height(JsonNode? value, int limit)
        {
            _work++;
            if (limit < 0 || _work > MaxWork) return 0;
            var height = 0;
            switch (value)
            {
                case JsonObject map:
                    foreach (var (_, child) in map) height = Math.Max(height, 1 + Height(child, limit - 1));
                    return Math.Max(1, height);
                case JsonArray list:
                    foreach (var child in list) height = Math.Max(height, 1 + Height(child, limit - 1));
                    return Math.Max(1, height);
                default:
                    return 1;
            }
        }

        private static int Size(JsonNode? value) => value switch
        {
            JsonObject map => 2 + map.Sum(p => p.Key.Length + 4 + Size(p.Value)),
            JsonArray list => 2 + list.Sum(i => 1 + Size(i)),
            null => 4,
            _ => value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>().Length + 2 : 8,
        };

        private static int Index(string key, string kind, string path) =>
            TryInteger(key, out var index) ? index : throw PatchErrors.Rejected($"error in {kind} for path: '{path}': strconv.Atoi: parsing {JsonText.Quote(key)}: invalid syntax");

        /// <summary>An index within bounds, counted from the end when negative.</summary>
        private static int Position(int index, int length, int end, string kind, string path) =>
            index < end && index >= -length
                ? index < 0 ? index + length : index
                : throw PatchErrors.Rejected($"error in {kind} for path: '{path}': Unable to access invalid index: {index}: invalid index referenced");

        private static bool TryInteger(string text, out int value) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);

        private static string Unescape(string part) => part.Contains('~') ? part.Replace("~1", "/").Replace("~0", "~") : part;

        private static string? Text(JsonObject operation, string name) => operation[name]?.GetValue<string>();
    }
}
