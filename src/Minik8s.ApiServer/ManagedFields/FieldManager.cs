using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Keeps <c>metadata.managedFields</c> of the objects of a resource on every write, and merges what is applied server-side
/// (apimachinery's managedfields.FieldManager). Without I/O; objects are changed only where it is said.
/// </summary>
public sealed class FieldManager(ResourceDefinition resource, TimeProvider time, VersionConverter? convert = null)
{
    /// <summary>The manager of what was there before anybody kept managed fields.</summary>
    private const string BeforeFirstApply = "before-first-apply";

    /// <summary>Applies of this manager take over from client-side apply, whose annotation it keeps.</summary>
    private const string Kubectl = "kubectl";

    /// <summary>Fields that the server keeps, and that therefore nobody manages.</summary>
    private static readonly FieldSet Untracked = new[]
    {
        FieldSet.Of("apiVersion"), FieldSet.Of("kind"), FieldSet.Of("metadata"), FieldSet.Of("metadata", "name"), FieldSet.Of("metadata", "namespace"),
        FieldSet.Of("metadata", "creationTimestamp"), FieldSet.Of("metadata", "selfLink"), FieldSet.Of("metadata", "uid"), FieldSet.Of("metadata", "clusterName"),
        FieldSet.Of("metadata", "generation"), FieldSet.Of("metadata", "managedFields"), FieldSet.Of("metadata", "resourceVersion"),
    }.Aggregate((a, b) => a.Union(b));

    private readonly VersionConverter _convert = (obj, version) => version == obj.ApiVersion ? obj : convert?.Invoke(obj, version);

    private string ApiVersion => resource.Kind.ApiVersion;

    /// <summary>Records in <paramref name="now"/> who manages what of it after a create (<paramref name="live"/> is null) or an update, patch or subresource write.</summary>
    public void Update(JsonObject? live, JsonObject now, string manager, string subresource)
    {
        var requested = Detach(now);
        var recorded = live is null ? null : Detach(live);
        try
        {
            // Through a subresource nobody can set managed fields, and clients that do not know them do not lose them.
            if (subresource.Length > 0) requested = recorded;
            var reset = requested is JsonArray and ([] or [JsonObject { Count: 0 }]);
            if (reset) requested = null;
            else if (requested is not JsonArray { Count: > 0 } || JsonText.Same(requested, recorded)) requested = recorded;
            var updater = UpdaterFor(subresource);
            var comparison = updater.Compare(live ?? [], now);
            if (live is not null && !reset && ReferenceEquals(requested, recorded) && comparison.IsSame)
            {
                Attach(now, recorded?.DeepClone());
                return;
            }

            var managers = Read(requested) ?? (reset ? null : Read(recorded)) ?? new Managers();
            // An object whose managed fields have been cleared is left alone until something is applied to it.
            if (live is not null && managers.Count == 0) return;
            Record(live ?? [], now, comparison, managers, updater, manager, subresource);
            UpdaterLimit.Enforce(managers);
            Attach(now, managers.Write());
        }
        finally
        {
            if (live is not null) Attach(live, recorded);
        }
    }

    /// <summary>Merges a configuration into the object as it is; null stands for one that is to be created.</summary>
    /// <returns>The new object with its managed fields; values are as they were given, so it is to be decoded and defaulted.</returns>
    /// <exception cref="StatusException">400 when the configuration does not fit the schema, 409 when others manage fields of it with other values.</exception>
    public JsonObject Apply(JsonObject? live, JsonObject config, string manager, bool force, string subresource)
    {
        Check(config, resource);
        var present = live?.DeepClone().AsObject() ?? [];
        var managers = Read(Detach(present)) ?? new Managers();
        var updater = UpdaterFor(subresource);
        if (managers.Count == 0) Record([], present, updater.Compare([], present), managers, updater, BeforeFirstApply, subresource);

        var applier = ManagerKey.Applier(manager, subresource);
        var last = managers[applier];
        var merged = updater.Apply(present, config, managers, applier, out var conflicts);
        if (conflicts.Any && !force)
        {
            if (manager == Kubectl && LastApplied.OwnedBy(present, resource) is { } allowed) conflicts = conflicts.Except(allowed);
            if (conflicts.Any) throw conflicts.ToException();
        }

        if (managers[applier] is { } set)
        {
            var fields = set.Fields.Difference(Untracked);
            var unchanged = last is not null && last.ApiVersion == ApiVersion && fields.Equals(last.Fields) && JsonText.Same(present, merged);
            managers[applier] = new ManagedSet(fields, ApiVersion, unchanged ? last!.Time : Now());
        }

        if (manager == Kubectl) LastApplied.Keep(merged, config);
        Attach(merged, managers.Write());
        return merged;
    }

    /// <summary>Whether two states of an object are the same but for the times of their managed fields.</summary>
    public static bool SameButForTimes(JsonObject a, JsonObject b)
    {
        var (first, second) = (Detach(a), Detach(b));
        try
        {
            return JsonText.Same(a, b) && SameEntries(first as JsonArray, second as JsonArray);
        }
        finally
        {
            Attach(a, first);
            Attach(b, second);
        }
    }

    /// <summary>Checks that a configuration is one of a resource.</summary>
    /// <exception cref="StatusException">400 when it is of another kind, or does not fit the schema.</exception>
    public static void Check(JsonObject config, ResourceDefinition resource)
    {
        var (apiVersion, kind) = (config.Text("apiVersion") ?? "", config.Text("kind") ?? "");
        if (apiVersion != resource.Kind.ApiVersion || kind != resource.Kind.Kind) throw StatusErrors.BadRequest($"invalid object type: {Qualified(apiVersion, kind)}");
        if (config.Map("metadata")?["managedFields"] is JsonArray { Count: > 0 }) throw StatusErrors.BadRequest("metadata.managedFields must be nil");
        var errors = TypedValidation.Check(config, resource.Schema);
        if (errors.Count == 0) return;
        var metadata = config.Map("metadata");
        throw StatusErrors.BadRequest($"failed to create typed patch object ({metadata.Text("namespace")}/{metadata.Text("name")}; {Qualified(apiVersion, kind)}): "
            + (errors.Count == 1 ? errors[0] : "errors:\n" + string.Join('\n', errors.Select(e => "  " + e))));
    }

    private static bool SameEntries(JsonArray? a, JsonArray? b)
    {
        if (a is null || b is null || a.Count != b.Count) return a is null && b is null;
        return a.Zip(b).All(p => p is (JsonObject x, JsonObject y) && x.Count == y.Count && x.All(f => y.TryGetPropertyValue(f.Key, out var other) && (f.Key == "time" || JsonText.Same(f.Value, other))));
    }

    private static Managers? Read(JsonNode? list)
    {
        if (list is null) return null;
        try
        {
            return Managers.Read(list) is { Count: > 0 } managers ? managers : null;
        }
        catch (FormatException)
        {
            // What nobody can read counts as nothing, as in Kubernetes.
            return null;
        }
    }

    private static JsonNode? Detach(JsonObject obj)
    {
        if (obj["metadata"] is not JsonObject metadata) return null;
        metadata.Remove("managedFields", out var list);
        return list;
    }

    private static void Attach(JsonObject obj, JsonNode? list)
    {
        if (list is not null) obj.Ensure("metadata")["managedFields"] = list;
    }

    private void Record(JsonObject live, JsonObject now, Comparison comparison, Managers managers, Updater updater, string manager, string subresource)
    {
        updater.Update(live, now, comparison, managers, ManagerKey.Current);
        var written = managers[ManagerKey.Current]?.Fields.Difference(Untracked) ?? FieldSet.Empty;
        managers[ManagerKey.Current] = null;
        if (written.IsEmpty) return;
        var key = ManagerKey.Updater(manager, ApiVersion, subresource);
        managers[key] = new(written.Union(managers[key]?.Fields ?? FieldSet.Empty), ApiVersion, Now());
    }

    private static string Qualified(string apiVersion, string kind) => $"{(apiVersion.Contains('/') ? "" : "/")}{apiVersion}, Kind={kind}";

    private Updater UpdaterFor(string subresource) => new(resource.Schema, ApiVersion, Tracks(subresource), _convert);

    /// <summary>The main resource does not change the status of a kind that has a subresource for it, and that one changes nothing else but metadata.</summary>
    private Predicate<PathElement> Tracks(string subresource)
    {
        if (subresource == "status") return e => e.Kind != PathElementKind.Field || e.Name is "status" or "metadata";
        return subresource.Length == 0 && resource.Subresources.Any(s => s.Name == "status") ? e => e.Kind != PathElementKind.Field || e.Name != "status" : _ => true;
    }

    private string Now() => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
