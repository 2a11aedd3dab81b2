using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.ApiServer.ManagedFields;

namespace Minik8s.ApiServer.Patch;

/// <summary>
/// Strategic merge patch: like a merge patch, but lists are merged by key where the schema says so, and directives (<c>$patch</c>, <c>$retainKeys</c>,
/// <c>$setElementOrder/…</c>, <c>$deleteFromPrimitiveList/…</c>) delete, replace and order. Work is in proportion to the object and the patch.
/// </summary>
public static class StrategicMergePatch
{
    internal const string Directive = "$patch";
    internal const string RetainKeys = "$retainKeys";
    internal const string Order = "$setElementOrder";
    internal const string DeleteFrom = "$deleteFromPrimitiveList";

    private const string BadOrder = "invalid patch format of setElementOrder list";
    private const string BadDeletion = "invalid patch format of primitive list";
    private const string BadRetainKeys = "invalid patch format of retainKeys";

    /// <summary>Applies the patch to a copy.</summary>
    /// <exception cref="StatusException">400 or 422 when a directive is malformed or an item lacks its merge key.</exception>
    public static JsonObject Apply(JsonObject target, JsonObject patch, Schema schema) => MergeObject(target.DeepClone().AsObject(), patch, schema);

    internal static JsonObject MergeObject(JsonObject target, JsonObject patch, Schema? schema)
    {
        if (patch.TryGetPropertyValue(Directive, out var directive))
        {
            switch (directive.Text())
            {
                case "replace":
                    return (JsonObject)Plain(patch, top: true)!;
                case "delete":
                    return [];
                case "merge":
                    break;
                default:
                    throw StatusErrors.BadRequest($"unknown patch type: {GoText.Print(directive)} in map: {GoText.Print(patch)}");
            }
        }

        if (patch.TryGetPropertyValue(RetainKeys, out var retained)) Retain(target, patch, retained);
        var done = MergeOrdered(target, patch, schema);
        foreach (var (key, value) in patch)
        {
            if (Suffix(key, DeleteFrom, BadDeletion) is { } list) DeletePrimitives(target, list, value);
        }

        foreach (var (key, value) in patch)
        {
            if (key is Directive or RetainKeys || key.StartsWith(Order, StringComparison.Ordinal) || key.StartsWith(DeleteFrom, StringComparison.Ordinal) || done?.Contains(key) == true) continue;
            if (key.StartsWith('$') && schema is { Properties.Count: > 0, AdditionalProperties: null }) throw StatusErrors.BadRequest($"unknown patch directive: {key}");
            MergeField(target, key, value, FieldOf(schema, key));
        }

        return target;
    }

    /// <summary>A copy without directives and nulls, as it stands where there was nothing before.</summary>
    internal static JsonNode? Plain(JsonNode? value, bool top = false)
    {
        switch (value)
        {
            case JsonObject map:
                if (!top && map[Directive].Text() == "delete") return null;
                var copy = new JsonObject();
                foreach (var (key, child) in map)
                {
                    if (key is Directive or RetainKeys || key.StartsWith(Order, StringComparison.Ordinal) || key.StartsWith(DeleteFrom, StringComparison.Ordinal)) continue;
                    if (Plain(child) is { } kept) copy[key] = kept;
                }

                return copy;
            case JsonArray list:
                var items = new JsonArray();
                foreach (var item in list)
                {
                    if (Plain(item) is { } kept) items.Add(kept);
                }

                return items;
            default:
                return value?.DeepClone();
        }
    }

    private static void Retain(JsonObject target, JsonObject patch, JsonNode? retained)
    {
        if (retained is not JsonArray names) throw StatusErrors.BadRequest(BadRetainKeys);
        var keep = names.Select(n => n.Text() ?? throw StatusErrors.BadRequest(BadRetainKeys)).ToHashSet(StringComparer.Ordinal);
        foreach (var (key, value) in patch)
        {
            if (value is null || key is Directive or RetainKeys || key.StartsWith(Order, StringComparison.Ordinal) || key.StartsWith(DeleteFrom, StringComparison.Ordinal)) continue;
            if (!keep.Contains(key)) throw StatusErrors.BadRequest(BadRetainKeys);
        }

        foreach (var key in target.Select(p => p.Key).Where(k => !keep.Contains(k)).ToList()) target.Remove(key);
    }

    /// <summary>Merges the lists that the patch orders, and puts them in that order. Gives their names.</summary>
    private static HashSet<string>? MergeOrdered(JsonObject target, JsonObject patch, Schema? schema)
    {
        HashSet<string>? done = null;
        foreach (var (key, value) in patch)
        {
            if (Suffix(key, Order, BadOrder) is not { } name) continue;
            var order = value as JsonArray ?? throw StatusErrors.BadRequest(BadOrder);
            var field = FieldOf(schema, name) ?? throw StatusErrors.BadRequest($"unable to find api field in struct {schema?.Name?.Split('.')[^1]} for the json field \"{name}\"");
            var changes = Listed(patch, name);
            var present = Listed(target, name);
            (done ??= []).Add(name);
            // A list that the patch removes is handled as any other field.
            if (patch.TryGetPropertyValue(name, out var given) && given is null)
            {
                done.Remove(name);
                continue;
            }

            if (present is null && changes is null) continue;
            var merge = new ListMerge(field);
            if (changes is not null) merge.CheckOrder(changes, order);
            var merged = present is null ? (JsonArray)Plain(changes)! : changes is null ? present.DeepClone().AsArray() : merge.IsMerged ? merge.Merge(present, changes) : (JsonArray)Plain(changes)!;
            target[name] = merge.InOrder(merged, order, present ?? []);
        }

        return done;
    }

    private static JsonArray? Listed(JsonObject map, string name) => map[name] switch
    {
        null => null,
        JsonArray list => list,
        var other => throw StatusErrors.BadRequest($"expected a []interface {{}}, but received a {(other is JsonObject ? "map[string]interface {}" : "scalar")}"),
    };

    private static void MergeField(JsonObject target, string key, JsonNode? value, Schema? field)
    {
        switch (value)
        {
            case null:
                target.Remove(key);
                break;
            case JsonObject changes when target[key] is JsonObject child && field?.PatchStrategy?.Contains("replace", StringComparison.Ordinal) != true:
                target.Remove(key);
                target[key] = MergeObject(child, changes, field);
                break;
            case JsonArray changes when target[key] is JsonArray list && new ListMerge(field) is { IsMerged: true } merge:
                target[key] = merge.InOrder(merge.Merge(list, changes), changes, list);
                break;
            default:
                target[key] = Plain(value, top: true);
                break;
        }
    }

    private static void DeletePrimitives(JsonObject target, string name, JsonNode? value)
    {
        if (value is not JsonArray gone || gone.Any(g => g is JsonObject or JsonArray)) throw StatusErrors.BadRequest(BadDeletion);
        if (target[name] is not JsonArray list) return;
        var values = gone.Select(g => JsonScalar.TryRead(g, out var scalar) ? scalar : default).ToHashSet();
        target[name] = new JsonArray([.. list.Where(i => !(JsonScalar.TryRead(i, out var scalar) && values.Contains(scalar))).Select(i => i?.DeepClone())]);
    }

    private static string? Suffix(string key, string directive, string bad)
    {
        if (!key.StartsWith(directive, StringComparison.Ordinal)) return null;
        return key.Length > directive.Length + 1 && key[directive.Length] == '/' ? key[(directive.Length + 1)..] : throw StatusErrors.BadRequest(bad);
    }

    private static Schema? FieldOf(Schema? schema, string key) =>
        schema is null ? null : schema.Properties.TryGetValue(key, out var field) ? field : schema.AdditionalProperties;

    private static string? Text(this JsonNode? node) => Minik8s.Api.Json.Text(node);
}
