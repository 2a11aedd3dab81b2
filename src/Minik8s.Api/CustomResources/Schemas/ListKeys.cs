using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>What makes an item of a list the same item: its key fields in a map list, its value in a set.</summary>
internal static class ListKeys
{
    /// <summary>The key as text, for look-up.</summary>
    public static string KeyOf(JsonNode? item, Schema list) => Identity(item, list).ToJsonStringOrNull();

    /// <summary>The items of a map list by key; null for other lists, whose items cannot be told apart.</summary>
    public static Dictionary<string, JsonNode?>? ByKey(JsonArray? list, Schema schema)
    {
        if (list is null || schema.ListType != ListType.Map) return null;
        var items = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var item in list) items.TryAdd(KeyOf(item, schema), item);
        return items;
    }

    /// <summary>The places of items that have come before, with their keys.</summary>
    public static IEnumerable<(int Index, JsonNode? Key)> Duplicates(JsonArray list, Schema schema)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            var key = Identity(list[i], schema);
            if (!seen.Add(key.ToJsonStringOrNull())) yield return (i, key);
        }
    }

    public static int? FirstDuplicate(JsonArray list)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < list.Count; i++)
        {
            if (!seen.Add(Canonical(list[i]).ToJsonStringOrNull())) return i;
        }

        return null;
    }

    private static JsonNode? Identity(JsonNode? item, Schema schema)
    {
        if (schema.ListType != ListType.Map || item is not JsonObject map) return Canonical(item);
        var key = new JsonObject();
        foreach (var field in schema.ListMapKeys.Order(StringComparer.Ordinal))
        {
            if (map.TryGetPropertyValue(field, out var value)) key[field] = value?.DeepClone();
        }

        return key;
    }

    /// <summary>The value with the fields of its objects in order, so that equal values have equal texts.</summary>
    private static JsonNode? Canonical(JsonNode? value) => value switch
    {
        JsonObject map => new JsonObject(map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Canonical(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Canonical)]),
        _ => value?.DeepClone(),
    };

    private static string ToJsonStringOrNull(this JsonNode? node) => node?.ToJsonString() ?? "null";
}
