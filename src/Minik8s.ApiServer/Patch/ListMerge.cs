using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Patch;

/// <summary>Merges a list with that of a strategic merge patch, by merge key or by value.</summary>
internal sealed class ListMerge(Schema? schema)
{
    private readonly string? _mergeKey = schema?.PatchMergeKey;

    /// <summary>Whether the list is merged at all; else the patch's list replaces it.</summary>
    public bool IsMerged => schema?.PatchStrategy?.Split(',').Contains("merge") == true;

    /// <summary>The merged list, in no particular order.</summary>
    public JsonArray Merge(JsonArray target, JsonArray patch)
    {
        if (target.Count == 0 && patch.Count == 0) return [];
        var maps = CheckTypes(target, patch);
        return maps ? MergeItems(target, patch) : MergeValues(target, patch);
    }

    /// <summary>The items of the patch must come in the order that it gives.</summary>
    public void CheckOrder(JsonArray patch, JsonArray order)
    {
        if (patch.Count == 0 || order.Count == 0) return;
        var at = 0;
        foreach (var item in patch)
        {
            if (item is JsonObject map && map.ContainsKey(StrategicMergePatch.Directive)) continue;
            var key = Key(item);
            while (at < order.Count && Key(order[at]) != key) at++;
            if (at++ == order.Count)
            {
                throw StatusErrors.BadRequest($"The order in patch list:\n{GoText.Print(patch)}\n doesn't match {StrategicMergePatch.Order} list:\n{GoText.Print(order)}\n");
            }
        }
    }

    /// <summary>
    /// Puts the items that <paramref name="order"/> names in its order; the others, which only the server knows, keep their order, each before the first
    /// ordered item that it stood before in <paramref name="server"/>.
    /// </summary>
    public JsonArray InOrder(JsonArray list, JsonArray order, JsonArray server)
    {
        var wanted = Positions(order);
        var present = Positions(server);
        var ordered = new List<(int At, JsonScalar Key, JsonNode? Item)>();
        var others = new List<(int At, JsonScalar Key, JsonNode? Item)>();
        foreach (var item in list)
        {
            var key = Key(item);
            if (wanted.TryGetValue(key, out var at)) ordered.Add((at, key, item));
            else others.Add((present.TryGetValue(key, out at) ? at : int.MaxValue, key, item));
        }

        var left = others.OrderBy(o => o.At).ToList();
        var right = ordered.OrderBy(o => o.At).ToList();
        var result = new JsonArray();
        int i = 0, j = 0;
        while (i < left.Count || j < right.Count)
        {
            var takeLeft = j == right.Count
                || (i < left.Count && present.TryGetValue(left[i].Key, out var l) && present.TryGetValue(right[j].Key, out var r) && l < r);
            result.Add((takeLeft ? left[i++] : right[j++]).Item?.DeepClone());
        }

        return result;
    }

    private JsonArray MergeItems(JsonArray target, JsonArray patch)
    {
        if (_mergeKey is null) throw StatusErrors.BadRequest("cannot merge lists without merge key for type struct");
        var deleted = new HashSet<JsonScalar>();
        var changes = new List<JsonObject>();
        var replace = false;
        foreach (var item in patch.Cast<JsonObject>())
        {
            if (!item.TryGetPropertyValue(StrategicMergePatch.Directive, out var directive))
            {
                changes.Add(item);
                continue;
            }

            switch (directive.Text())
            {
                case "delete":
                    deleted.Add(Key(item));
                    break;
                case "replace":
                    replace = true;
                    break;
                case "merge":
                    throw StatusErrors.BadRequest("merging lists cannot yet be specified in the patch");
                default:
                    throw StatusErrors.BadRequest($"unknown patch type: {GoText.Print(directive)} in map: {GoText.Print(item)}");
            }
        }

        if (replace) return [.. changes.Select(c => StrategicMergePatch.Plain(c))];
        var result = target.Where(i => !deleted.Contains(Key(i))).Select(i => i!.DeepClone()).ToList();
        var index = new Dictionary<JsonScalar, int>(result.Count);
        for (var i = 0; i < result.Count; i++) index.TryAdd(Key(result[i]), i);
        foreach (var change in changes)
        {
            var key = Key(change);
            if (index.TryGetValue(key, out var at))
            {
                result[at] = StrategicMergePatch.MergeObject(result[at].AsObject(), change, schema?.Items);
                continue;
            }

            index[key] = result.Count;
            result.Add(StrategicMergePatch.Plain(change, top: true)!);
        }

        return [.. result];
    }

    private static JsonArray MergeValues(JsonArray target, JsonArray patch)
    {
        var result = new JsonArray();
        var seen = new HashSet<JsonScalar>(target.Count + patch.Count);
        foreach (var item in target.Concat(patch))
        {
            if (JsonScalar.TryRead(item, out var value) && seen.Add(value)) result.Add(item?.DeepClone());
        }

        return result;
    }

    private static bool CheckTypes(JsonArray target, JsonArray patch)
    {
        bool? maps = null;
        foreach (var item in target.Concat(patch))
        {
            if (item is JsonArray) throw PatchErrors.Rejected("lists of lists are not supported");
            if (maps is { } expected && expected != item is JsonObject)
            {
                throw StatusErrors.BadRequest($"list element types are not identical: {GoText.Print(new JsonArray(target.DeepClone(), patch.DeepClone()))}");
            }

            maps = item is JsonObject;
        }

        return maps ?? false;
    }

    private Dictionary<JsonScalar, int> Positions(JsonArray list)
    {
        var positions = new Dictionary<JsonScalar, int>(list.Count);
        for (var i = 0; i < list.Count; i++)
        {
            // An item that only gives a directive has no place.
            if (list[i] is not JsonObject map || !map.ContainsKey(StrategicMergePatch.Directive)) positions.TryAdd(Key(list[i]), i);
        }

        return positions;
    }

    private JsonScalar Key(JsonNode? item)
    {
        if (item is JsonArray) throw PatchErrors.Rejected("lists of lists are not supported");
        if (item is not JsonObject map)
        {
            JsonScalar.TryRead(item, out var value);
            return _mergeKey is null ? value : throw StatusErrors.BadRequest("expected a map[string]interface {}, but received a scalar");
        }

        if (_mergeKey is not null && map.TryGetPropertyValue(_mergeKey, out var key) && JsonScalar.TryRead(key, out var scalar)) return scalar;
        throw StatusErrors.BadRequest(_mergeKey is null ? "cannot merge lists without merge key for type struct" : $"map: {GoText.Print(map)} does not contain declared merge key: {_mergeKey}");
    }
}
