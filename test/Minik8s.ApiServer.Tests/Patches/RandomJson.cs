using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>Random values: such that fit a schema, and such that fit nothing.</summary>
internal sealed class RandomJson(Random random)
{
    private static readonly string[] Names = ["a", "b", "c", "name", "spec", "metadata", "labels", "containers", "finalizers", "$patch", "$retainKeys", "$setElementOrder/containers", "$deleteFromPrimitiveList/finalizers", "$setElementOrder", "0", "-", ""];

    /// <summary>A value that fits: few names and values, so that they meet.</summary>
    public JsonNode? Fitting(Schema schema, int depth = 0)
    {
        switch (schema.Type)
        {
            case SchemaType.Object:
                var map = new JsonObject();
                foreach (var (name, field) in schema.Properties)
                {
                    if (random.Next(3 + (2 * depth)) == 0 && depth < 7 && Fitting(field, depth + 1) is { } value) map[name] = value;
                }

                if (schema.AdditionalProperties is { } values)
                {
                    for (var i = random.Next(3); i > 0; i--) map["abc"[random.Next(3)].ToString()] = Fitting(values, depth + 1);
                }

                return map;
            case SchemaType.Array:
                return List(schema, depth);
            case SchemaType.Integer or SchemaType.Number or SchemaType.IntOrString:
                return JsonValue.Create(random.Next(3));
            case SchemaType.Boolean:
                return JsonValue.Create(random.Next(2) == 0);
            case SchemaType.String:
                return schema.Format switch
                {
                    "quantity" => JsonValue.Create($"{random.Next(1, 4)}Gi"),
                    "date-time" or "micro-time" => JsonValue.Create("2026-01-01T00:00:00Z"),
                    "byte" => JsonValue.Create("AAAA"),
                    _ => JsonValue.Create("xyz"[random.Next(3)].ToString()),
                };
            default:
                return random.Next(2) == 0 ? JsonValue.Create("free") : new JsonObject { ["abc"[random.Next(3)].ToString()] = random.Next(3) };
        }
    }

    /// <summary>Any JSON, with a liking for names that mean something to patches.</summary>
    public JsonNode? Any(int depth = 0)
    {
        switch (random.Next(depth > 5 ? 5 : 8))
        {
            case 0:
                return null;
            case 1:
                return JsonValue.Create(random.Next(-2, 300));
            case 2:
                return JsonValue.Create(random.Next(2) == 0);
            case 3 or 4:
                return JsonValue.Create(random.Next(4) == 0 ? new[] { "delete", "replace", "merge", "/spec/containers/0", "/metadata/labels/a", "\ud83d\ude00\"\\\n" }[random.Next(6)] : Names[random.Next(Names.Length)]);
            case 5:
                return new JsonArray([.. Enumerable.Range(0, random.Next(4)).Select(_ => Any(depth + 1))]);
            default:
                var map = new JsonObject();
                for (var i = random.Next(5); i > 0; i--) map[Names[random.Next(Names.Length)]] = Any(depth + 1);
                return map;
        }
    }

    /// <summary>A copy with some of its values put in the place of others, dropped or made anew.</summary>
    public JsonNode? Mutated(JsonNode? value)
    {
        if (random.Next(12) == 0) return Any(3);
        switch (value)
        {
            case JsonObject map:
                var copy = new JsonObject();
                foreach (var (name, child) in map) copy[random.Next(15) == 0 ? Names[random.Next(Names.Length)] : name] = Mutated(child);
                return copy;
            case JsonArray list:
                return new JsonArray([.. list.Select(Mutated).Concat(list.Where(_ => random.Next(6) == 0).Select(i => i?.DeepClone()))]);
            default:
                return value?.DeepClone();
        }
    }

    private JsonArray List(Schema schema, int depth)
    {
        var list = new JsonArray();
        var seen = new HashSet<string>();
        for (var i = random.Next(4); i > 0; i--)
        {
            var item = Fitting(schema.Items!, depth + 1);
            if (schema.ListType == ListType.Map && item is JsonObject map)
            {
                foreach (var key in schema.ListMapKeys) map[key] = Fitting(schema.Items!.Properties[key], depth + 1);
                if (!seen.Add(string.Join('|', schema.ListMapKeys.Select(k => map[k]!.ToJsonString())))) continue;
            }
            else if (schema.ListType == ListType.Set && !seen.Add(item!.ToJsonString()))
            {
                continue;
            }

            list.Add(item);
        }

        return list;
    }
}
