using System.Text;
using System.Text.Json.Nodes;

namespace Minik8s.Integration.Hostile;

/// <summary>Damages manifests: first their structure, now and then their bytes.</summary>
internal sealed class JsonMutator(Random random)
{
    private static readonly string[] Texts =
        ["", " ", "a", "-", "..", "../../etc", "A_B", "a/b/c", "\u0000", "\ud83d\ude00", "0", "-1", "1e9", "100m", "1Gi", "9999999999999999999999", "null", "true", "*", "%", "$patch", "$(A)", "k8s.io/x", "2020-01-01T00:00:00Z", new('x', 300), new('9', 64)];

    private static readonly string[] Names =
        ["name", "metadata", "spec", "status", "kind", "apiVersion", "labels", "annotations", "finalizers", "ownerReferences", "uid", "resourceVersion", "deletionTimestamp", "generateName", "managedFields", "$patch", "", "a.b", "~1"];

    /// <summary>The manifest with a few changes, as the bytes of a request body.</summary>
    public byte[] Mutate(JsonNode manifest)
    {
        var root = manifest.DeepClone();
        for (var n = random.Next(1, 5); n > 0; n--) root = Change(root);
        var bytes = Encoding.UTF8.GetBytes(root?.ToJsonString() ?? "null");
        if (random.Next(5) == 0) DamageBytes(ref bytes);
        return bytes;
    }

    private JsonNode? Change(JsonNode? root)
    {
        var places = new List<JsonNode>();
        Collect(root, places);
        if (places.Count == 0) return Value(0);
        switch (places[random.Next(places.Count)])
        {
            case JsonObject { Count: > 0 } map:
                var key = map.ElementAt(random.Next(map.Count)).Key;
                switch (random.Next(5))
                {
                    case 0:
                        map.Remove(key);
                        break;
                    case 1:
                        map[Names[random.Next(Names.Length)]] = Value(0);
                        break;
                    case 2:
                        map[key + (char)random.Next('a', 'z')] = map[key]?.DeepClone();
                        break;
                    default:
                        map[key] = Value(0);
                        break;
                }

                break;
            case JsonObject map:
                map[Names[random.Next(Names.Length)]] = Value(0);
                break;
            case JsonArray list:
                if (list.Count == 0 || random.Next(3) == 0) list.Add(Value(0));
                else if (random.Next(2) == 0) list.RemoveAt(random.Next(list.Count));
                else list.Add(list[random.Next(list.Count)]?.DeepClone());
                break;
        }

        return root;
    }

    private static void Collect(JsonNode? node, List<JsonNode> places)
    {
        if (node is JsonObject or JsonArray) places.Add(node);
        if (node is JsonObject map) foreach (var (_, child) in map) Collect(child, places);
        if (node is JsonArray list) foreach (var child in list) Collect(child, places);
    }

    private JsonNode? Value(int depth) => random.Next(depth > 3 ? 7 : 9) switch
    {
        0 => null,
        1 => JsonValue.Create(random.Next(2) == 0),
        2 => JsonValue.Create(random.NextInt64()),
        3 => JsonValue.Create(random.Next(-2, 70000)),
        4 => JsonValue.Create(random.NextDouble() * Math.Pow(10, random.Next(-30, 30))),
        5 or 6 => JsonValue.Create(Texts[random.Next(Texts.Length)]),
        7 => new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(depth + 1))]),
        _ => new JsonObject(Enumerable.Range(0, random.Next(4)).Select(i => KeyValuePair.Create($"{Names[random.Next(Names.Length)]}{(i == 0 ? "" : i)}", Value(depth + 1)))),
    };

    private void DamageBytes(ref byte[] bytes)
    {
        switch (random.Next(3))
        {
            case 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 1:
                bytes = bytes[..random.Next(bytes.Length)];
                break;
            default:
                var at = random.Next(bytes.Length);
                bytes = [.. bytes[..at], .. bytes[random.Next(bytes.Length)..], .. bytes[at..]];
                break;
        }
    }
}
