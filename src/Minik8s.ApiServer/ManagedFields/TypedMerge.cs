using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Merges an applied configuration into an object (typed.Merge): leaves and atomic values are replaced, maps and associative lists are merged; items keep
/// their order in the object, except where the configuration orders them otherwise.
/// </summary>
internal static class TypedMerge
{
    /// <summary>The merged object; neither argument is changed.</summary>
    public static JsonObject Merge(JsonObject live, JsonObject config, Schema schema) => Fields(live, config, schema);

    private static JsonNode? Both(JsonNode? live, JsonNode? config, Schema? schema)
    {
        var shape = TypeView.ShapeOf(schema, config ?? live);
        if (live is not null && config is not null && TypeView.ShapeOf(schema, live) != shape) return config.DeepClone();
        switch (shape)
        {
            case Shape.Map when !TypeView.IsAtomicMap(schema) && (live is JsonObject { Count: > 0 } || config is JsonObject { Count: > 0 }):
                return Fields(live as JsonObject, config as JsonObject, schema);
            case Shape.List when !TypeView.IsAtomicList(schema) && (live is JsonArray { Count: > 0 } || config is JsonArray { Count: > 0 }):
                return Items(live as JsonArray, config as JsonArray, schema!);
            default:
                return config?.DeepClone();
        }
    }

    private static JsonObject Fields(JsonObject? live, JsonObject? config, Schema? schema)
    {
        var result = new JsonObject();
        foreach (var (name, value) in live ?? [])
        {
            result[name] = config is not null && config.TryGetPropertyValue(name, out var change) ? Both(value, change, TypeView.FieldOf(schema, name)) : value?.DeepClone();
        }

        foreach (var (name, value) in config ?? [])
        {
            if (live?.ContainsKey(name) != true) result[name] = value?.DeepClone();
        }

        return result;
    }

    private static JsonArray Items(JsonArray? live, JsonArray? config, Schema schema)
    {
        var left = Elements(live, schema);
        var right = Elements(config, schema);
        // Items that share their keys cannot be merged with: the configured one takes their place.
        var known = new Dictionary<PathElement, JsonNode?>(left.Count);
        foreach (var (element, item) in left) known[element] = known.ContainsKey(element) ? null : item;
        var configured = right.ToDictionary(r => r.Element, r => r.Item);

        var result = new JsonArray();
        var merged = new HashSet<PathElement>();
        var shared = right.Where(r => known.ContainsKey(r.Element)).Select(r => r.Element).ToList();
        int l = 0, r = 0, next = 0;
        while (l < left.Count || r < right.Count)
        {
            if (l < left.Count && r < right.Count)
            {
                var element = left[l].Element;
                if (element == right[r].Element)
                {
                    Take(element);
                    l++;
                    r++;
                    next++;
                    continue;
                }

                if (configured.ContainsKey(element) && next < shared.Count && shared[next] != element)
                {
                    // It has its place further on, where the configuration puts it.
                    l++;
                    continue;
                }
            }

            if (l < left.Count)
            {
                if (!configured.ContainsKey(left[l].Element))
                {
                    result.Add(left[l++].Item?.DeepClone());
                    continue;
                }

                if (merged.Contains(left[l].Element)) l++;
            }

            if (r < right.Count)
            {
                var element = right[r++].Element;
                Take(element);
                if (next < shared.Count && shared[next] == element) next++;
            }
        }

        return result;

        void Take(PathElement element)
        {
            merged.Add(element);
            var change = configured[element];
            result.Add(known.TryGetValue(element, out var item) && item is not null ? Both(item, change, schema.Items) : change?.DeepClone());
        }
    }

    private static List<(PathElement Element, JsonNode? Item)> Elements(JsonArray? list, Schema schema)
    {
        var elements = new List<(PathElement, JsonNode?)>(list?.Count ?? 0);
        foreach (var item in list ?? [])
        {
            if (TypeView.ElementOf(schema, item, out _) is { } element) elements.Add((element, item));
        }

        return elements;
    }
}
