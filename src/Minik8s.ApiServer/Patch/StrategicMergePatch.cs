using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Patch;

/// <summary>
/// Strategic merge patch: like a merge patch, but lists of keyed items are merged by key where the schema says so, and directives
/// (<c>$patch</c>, <c>$retainKeys</c>, <c>$setElementOrder/…</c>, <c>$deleteFromPrimitiveList/…</c>) delete, replace and order.
/// </summary>
public static class StrategicMergePatch
{
    private const string Directive = "$patch";
    private const string RetainKeys = "$retainKeys";
    private const string Order = "$setElementOrder/";
    private const string DeleteFrom = "$deleteFromPrimitiveList/";

    /// <summary>Applies the patch to a copy.</summary>
    /// <exception cref="StatusException">400 or 422 when a directive is malformed or an item lacks its merge key.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema schema) => MergeObject(target.DeepClone().AsObject(), patch, schema);

    private static JsonObject MergeObject(JsonObject target, JsonObject patch, Schema? schema)
    {
        if (patch[Directive] is { } directive)
        {
            switch (TextOf(directive))
            {
                case "replace":
                    return Plain(patch);
                case "delete":
                    return [];
                case "merge":
                    break;
                case var other:
                    throw StatusErrors.BadRequest($"Unknown patch type found: {other}");
            }
        }

        if (patch[RetainKeys] is { } retained)
        {
            var keep = (retained as JsonArray ?? throw StatusErrors.BadRequest("invalid patch format of retainKeys")).Select(TextOf).ToHashSet();
            foreach (var key in target.Select(p => p.Key).Where(k => !keep.Contains(k)).ToList()) target.Remove(key);
        }

        foreach (var (key, value) in patch)
        {
            if (key is Directive or RetainKeys || key.StartsWith(Order, StringComparison.Ordinal)) continue;
            if (key.StartsWith(DeleteFrom, StringComparison.Ordinal))
            {
                DeletePrimitives(target, key[DeleteFrom.Length..], value);
                continue;
            }

            MergeField(target, key, value, FieldOf(schema, key), patch[Order + key] as JsonArray);
        }

        // An order may come alone, without a change of the list's items.
        foreach (var (key, value) in patch)
        {
            if (!key.StartsWith(Order, StringComparison.Ordinal) || patch.ContainsKey(key[Order.Length..])) continue;
            var name = key[Order.Length..];
            if (target[name] is JsonArray list && value is JsonArray order) target[name] = Ordered(list, list, order, FieldOf(schema, name)?.PatchMergeKey);
        }

        return target;
    }

    private static void MergeField(JsonObject target, string key, JsonNode? value, Schema? field, JsonArray? order)
    {
        var strategy = field?.PatchStrategy ?? "";
        switch (value)
        {
            case null:
                target.Remove(key);
                break;
            case JsonObject changes when target[key] is JsonObject child && !strategy.Contains("replace", StringComparison.Ordinal):
                target.Remove(key);
                target[key] = MergeObject(child, changes, field);
                break;
            case JsonObject changes:
                target[key] = MergeObject([], changes, field);
                break;
            case JsonArray changes when strategy.Contains("merge", StringComparison.Ordinal):
                var list = target[key] as JsonArray ?? [];
                target.Remove(key);
                target[key] = field!.PatchMergeKey is { } mergeKey ? MergeItems(list, changes, mergeKey, field.Items, order) : MergePrimitives(list, changes, order);
                break;
            default:
                target[key] = Plain(value);
                break;
        }
    }

    private static JsonArray MergeItems(JsonArray target, JsonArray patch, string mergeKey, Schema? item, JsonArray? order)
    {
        var server = target.DeepClone().AsArray();
        var result = target.Select(i => i?.DeepClone()).ToList();
        if (patch.Any(p => p is JsonObject o && o[Directive] is { } d && TextOf(d) == "replace"))
        {
            return [.. patch.Where(p => p is JsonObject o && !o.ContainsKey(Directive)).Select(p => Plain(p))];
        }

        foreach (var node in patch)
        {
            var change = node as JsonObject ?? throw Unprocessable("the list does not hold objects only");
            if (change[mergeKey] is not { } key) throw Unprocessable($"map: {change.ToJsonString()} does not contain declared merge key: {mergeKey}");
            var at = result.FindIndex(r => r is JsonObject o && JsonNode.DeepEquals(o[mergeKey], key));
            if (change[Directive] is { } directive && TextOf(directive) == "delete")
            {
                result.RemoveAll(r => r is JsonObject o && JsonNode.DeepEquals(o[mergeKey], key));
            }
            else if (at >= 0)
            {
                result[at] = MergeObject(result[at]!.AsObject(), change, item);
            }
            else
            {
                result.Add(MergeObject([], change, item));
            }
        }

        JsonArray merged = [.. result];
        return order is null ? merged : Ordered(merged, server, order, mergeKey);
    }

    private static JsonArray MergePrimitives(JsonArray target, JsonArray patch, JsonArray? order)
    {
        var server = target.DeepClone().AsArray();
        var result = target.Select(i => i?.DeepClone()).ToList();
        foreach (var value in patch)
        {
            if (value is JsonObject or JsonArray) throw Unprocessable("a list of plain values cannot take objects or lists");
            if (!result.Any(r => JsonNode.DeepEquals(r, value))) result.Add(value?.DeepClone());
        }

        JsonArray merged = [.. result];
        return order is null ? merged : Ordered(merged, server, order, null);
    }

    /// <summary>
    /// Puts the items that the client ordered in that order; items that only the server knows keep their place relative to those that it knew before.
    /// </summary>
    private static JsonArray Ordered(JsonArray list, JsonArray server, JsonArray order, string? mergeKey)
    {
        var items = list.Select(i => i?.DeepClone()).ToList();
        var placed = items.Where(i => Position(order, i, mergeKey) >= 0).OrderBy(i => Position(order, i, mergeKey)).ToList();
        var others = items.Where(i => Position(order, i, mergeKey) < 0).ToList();
        var result = new JsonArray();
        int left = 0, right = 0;
        while (left < placed.Count || right < others.Count)
        {
            bool takePlaced;
            if (left == placed.Count || right == others.Count)
            {
                takePlaced = left < placed.Count;
            }
            else
            {
                var (a, b) = (Position(server, placed[left], mergeKey), Position(server, others[right], mergeKey));
                takePlaced = a >= 0 && b >= 0 && a < b;
            }

            result.Add(takePlaced ? placed[left++] : others[right++]);
        }

        return result;
    }

    private static int Position(JsonArray list, JsonNode? item, string? mergeKey)
    {
        for (var i = 0; i < list.Count; i++)
        {
            var same = mergeKey is null ? JsonNode.DeepEquals(list[i], item) : JsonNode.DeepEquals((list[i] as JsonObject)?[mergeKey], (item as JsonObject)?[mergeKey]);
            if (same) return i;
        }

        return -1;
    }

    private static void DeletePrimitives(JsonObject target, string key, JsonNode? values)
    {
        if (values is not JsonArray removed) throw StatusErrors.BadRequest("invalid patch format of primitive list");
        if (target[key] is not JsonArray list) return;
        target[key] = new JsonArray([.. list.Where(v => !removed.Any(r => JsonNode.DeepEquals(r, v))).Select(v => v?.DeepClone())]);
    }

    /// <summary>A copy without directives and without nulls, as it stands where there was nothing before.</summary>
    private static JsonNode? Plain(JsonNode? value) => value switch
    {
        JsonObject map => Plain(map),
        JsonArray list => new JsonArray([.. list.Select(Plain)]),
        _ => value?.DeepClone(),
    };

    private static JsonObject Plain(JsonObject map)
    {
        var result = new JsonObject();
        foreach (var (key, value) in map)
        {
            if (value is not null && key[..Math.Min(1, key.Length)] != "$") result[key] = Plain(value);
        }

        return result;
    }

    private static Schema? FieldOf(Schema? schema, string key) =>
        schema is null ? null : schema.Properties.TryGetValue(key, out var field) ? field : schema.AdditionalProperties;

    private static string TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : throw StatusErrors.BadRequest("a patch directive is not a text");

    private static StatusException Unprocessable(string why) =>
        new(422, StatusReason.Invalid, "the server rejected our request due to an error in our request", new StatusDetails(Causes: [new StatusCause("UnexpectedServerResponse", why)]));
}
