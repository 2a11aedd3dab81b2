using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Keeps the sets of an object's managers as it changes, and merges what is applied (structured-merge-diff's merge.Updater).
/// </summary>
/// <param name="schema">The schema of the version that is written.</param>
/// <param name="apiVersion">That version.</param>
/// <param name="tracks">Which top-level fields writers of this (sub)resource can change; the others are put back by the kind's strategy, so nobody owns them.</param>
/// <param name="convert">For managers that write in other versions.</param>
internal sealed class Updater(Schema schema, string apiVersion, Predicate<PathElement> tracks, VersionConverter convert)
{
    /// <summary>What an update from one object to another makes of the managers. The writer's entry is <paramref name="writer"/>.</summary>
    public void Update(JsonObject live, JsonObject now, Comparison comparison, Managers managers, ManagerKey writer)
    {
        Reconcile(live, managers);
        Settle(live, now, comparison, managers, writer, out _);
        var fields = (managers[writer]?.Fields ?? FieldSet.Empty).Difference(comparison.Removed).Union(comparison.Written);
        managers[writer] = new(fields.Where(tracks), apiVersion);
    }

    public Comparison Compare(JsonObject live, JsonObject now) => TypedComparison.Compare(live, now, schema).Where(tracks);

    /// <summary>Merges a configuration; gives the managers as they are when conflicts are overridden, and the conflicts.</summary>
    public JsonObject Apply(JsonObject live, JsonObject config, Managers managers, ManagerKey applier, out ApplyConflicts conflicts)
    {
        Reconcile(live, managers);
        var merged = TypedMerge.Merge(live, config, schema);
        var last = managers[applier];
        // Even without fields the applier's entry takes part in what follows: it is a statement that nothing is wanted any more.
        var applied = new ManagedSet(TypedFields.Of(config, schema).Where(tracks), apiVersion, last?.Time);
        managers[applier] = applied;
        merged = Prune(merged, managers, last);
        Settle(live, merged, Compare(live, merged), managers, applier, out conflicts);
        return merged;
    }

    /// <summary>Takes from the others what has been changed or removed.</summary>
    private void Settle(JsonObject live, JsonObject now, Comparison comparison, Managers managers, ManagerKey writer, out ApplyConflicts conflicts)
    {
        var versions = new Dictionary<string, Comparison?> { [apiVersion] = comparison };
        var taken = new List<(ManagerKey, FieldSet)>();
        foreach (var key in managers.Keys)
        {
            if (key == writer) continue;
            var set = managers[key]!;
            if (!versions.TryGetValue(set.ApiVersion, out var changes)) versions[set.ApiVersion] = changes = CompareIn(set.ApiVersion, live, now);
            if (changes is null)
            {
                managers[key] = null;
                continue;
            }

            var conflict = set.Fields.Intersection(changes.Written);
            if (!conflict.IsEmpty) taken.Add((key, conflict));
            managers[key] = set.With(set.Fields.Difference(conflict).Difference(changes.Removed));
        }

        conflicts = new(taken);
    }

    private Comparison? CompareIn(string version, JsonObject live, JsonObject now)
    {
        var (before, after) = (Convert(live, version), Convert(now, version));
        return before is null || after is null ? null : TypedComparison.Compare(before.Object, after.Object, before.Schema).Where(tracks);
    }

    private void Reconcile(JsonObject live, Managers managers)
    {
        foreach (var key in managers.Keys)
        {
            var set = managers[key]!;
            managers[key] = Convert(live, set.ApiVersion) is { } versioned ? set.With(SchemaReconciliation.Reconcile(set.Fields, versioned.Object, versioned.Schema, key.Applies)) : null;
        }
    }

    /// <summary>Removes what the applier has applied before, does not apply now, and nobody else manages.</summary>
    private JsonObject Prune(JsonObject merged, Managers managers, ManagedSet? last)
    {
        if (last is null || Convert(merged, last.ApiVersion) is not { } start) return merged;
        var pruned = start with { Object = TypedRemoval.RemoveBelow(start.Object, last.Fields.WithNamedFields(start.Schema), start.Schema) };
        pruned = AddBackOwned(start, pruned, managers);
        if (convert(pruned, start.ApiVersion) is not { } back) return merged;
        var schema = start.Schema;
        var kept = TypedFields.Of(back.Object, schema).WithNamedFields(schema);
        var all = TypedFields.Of(start.Object, schema).WithNamedFields(schema);
        // Only what the applier itself had owned may go.
        var gone = all.Difference(kept).Intersection(last.Fields.WithNamedFields(schema));
        var result = start with { Object = TypedRemoval.Remove(start.Object, gone, schema) };
        return convert(result, apiVersion)?.Object ?? merged;
    }

    private VersionedObject AddBackOwned(VersionedObject merged, VersionedObject pruned, Managers managers)
    {
        var byVersion = managers.All.GroupBy(m => m.Value.ApiVersion, m => m.Value.Fields)
            .Select(g => (Version: g.Key, Fields: g.Aggregate(FieldSet.Empty, (a, b) => a.Union(b))))
            // The version that was pruned in comes first: what a conversion needs must be back before it.
            .OrderBy(g => g.Version == merged.ApiVersion ? 0 : 1);
        foreach (var (version, owned) in byVersion)
        {
            if (convert(merged, version) is not { } whole || convert(pruned, version) is not { } part) continue;
            var schema = whole.Schema;
            var gone = TypedFields.Of(whole.Object, schema).WithNamedFields(schema)
                .Difference(TypedFields.Of(part.Object, schema).WithNamedFields(schema).Union(owned.WithNamedFields(schema)));
            merged = whole;
            pruned = whole with { Object = TypedRemoval.RemoveBelow(whole.Object, gone, schema) };
        }

        return pruned;
    }

    private VersionedObject? Convert(JsonObject obj, string version) => convert(new(obj, schema, apiVersion), version);
}
