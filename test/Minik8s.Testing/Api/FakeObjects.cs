using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Patch;

namespace Minik8s.Testing.Api;

/// <summary>The objects of a <see cref="FakeApi"/>; what it gives out are copies.</summary>
internal sealed class FakeObjects(TimeProvider time, Action<FakeChange> changed)
{
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private int _generated;
    private int _uids;

    public long Version { get; private set; } = 100;

    public JsonObject? Find(ResourceDefinition definition, string ns, string name) => _objects.GetValueOrDefault(Key(definition, ns, name))?.DeepClone().AsObject();

    public JsonObject Get(ResourceDefinition definition, string ns, string name) => Find(definition, ns, name) ?? throw StatusErrors.NotFound(definition.GroupResource, name);

    public IEnumerable<JsonObject> List(FakeSelection selection) => _objects.Values.Where(selection.Matches).Select(o => o.DeepClone().AsObject());

    public JsonObject Put(ResourceDefinition definition, JsonObject obj)
    {
        var metadata = Complete(definition, obj);
        metadata.Default("uid", $"uid-{++_uids}");
        metadata.Default("creationTimestamp", Now());
        if (definition.Strategy.HasGeneration) metadata.Default("generation", 1);
        return Store(definition, obj);
    }

    public void Remove(ResourceDefinition definition, string ns, string name)
    {
        if (!_objects.Remove(Key(definition, ns, name), out var last)) return;
        last.Map("metadata")!["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        changed(new(Version, last, null));
    }

    public JsonObject Create(ResourceDefinition definition, string ns, JsonObject obj)
    {
        var metadata = obj.Ensure("metadata");
        if (metadata.Text("resourceVersion") is { Length: > 0 }) throw StatusErrors.BadRequest("resourceVersion should not be set on objects to be created");
        if (definition.Namespaced) metadata["namespace"] = ns;
        if (metadata.Text("name") is not { Length: > 0 })
        {
            if (metadata.Text("generateName") is not { Length: > 0 } prefix) throw StatusErrors.Invalid(definition.Kind, "", [new(FieldErrorType.Required, "metadata.name", null, "name or generateName is required")]);
            metadata["name"] = string.Create(CultureInfo.InvariantCulture, $"{prefix}{++_generated}");
        }

        Complete(definition, obj);
        var errors = new List<FieldError>();
        definition.Strategy.PrepareForCreate(obj);
        definition.Strategy.ValidateCreate(obj, errors);
        if (errors.Count > 0) throw StatusErrors.Invalid(definition.Kind, metadata.Text("name")!, errors);
        if (_objects.ContainsKey(Key(definition, ns, metadata.Text("name")!))) throw StatusErrors.AlreadyExists(definition.GroupResource, metadata.Text("name")!);
        metadata["uid"] = $"uid-{++_uids}";
        metadata["creationTimestamp"] = Now();
        if (definition.Strategy.HasGeneration) metadata["generation"] = 1;
        return Store(definition, obj);
    }

    public JsonObject Update(ResourceDefinition definition, string ns, string name, string subresource, Func<JsonObject, JsonObject> change)
    {
        var old = Get(definition, ns, name);
        var wanted = change(old.DeepClone().AsObject());
        var metadata = wanted.Ensure("metadata");
        var before = old.Map("metadata")!;
        if (metadata.Text("uid") is { Length: > 0 } uid && uid != before.Text("uid"))
        {
            throw StatusErrors.Conflict(definition.GroupResource, name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {before.Text("uid")}");
        }

        if (metadata.Text("resourceVersion") is { Length: > 0 } version && version != before.Text("resourceVersion"))
        {
            throw StatusErrors.Conflict(definition.GroupResource, name, "the object has been modified; please apply your changes to the latest version and try again");
        }

        foreach (var field in new[] { "uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds" })
        {
            if (before[field] is { } value) metadata[field] = value.DeepClone();
            else metadata.Remove(field);
        }

        Complete(definition, wanted);
        if (subresource == "status") definition.Strategy.PrepareForStatusUpdate(wanted, old);
        else if (subresource.Length == 0) definition.Strategy.PrepareForUpdate(wanted, old);
        if (definition.Strategy.HasGeneration && definition.Strategy.SpecChanged(wanted, old)) metadata["generation"] = (before.Number("generation") ?? 0) + 1;
        metadata["resourceVersion"] = before.Text("resourceVersion");
        if (JsonNode.DeepEquals(wanted, old)) return old;
        if (before["deletionTimestamp"] is not null && !Waits(wanted) && (metadata.Number("deletionGracePeriodSeconds") ?? 0) == 0)
        {
            Remove(definition, ns, name);
            return wanted;
        }

        return Store(definition, wanted);
    }

    public JsonObject Bind(ResourceDefinition definition, string ns, string name, JsonObject binding) => Update(definition, ns, name, "binding", pod =>
    {
        var uid = binding.Map("metadata").Text("uid");
        if (!string.IsNullOrEmpty(uid) && uid != pod.Map("metadata").Text("uid")) throw StatusErrors.Conflict(definition.GroupResource, name, "Precondition failed: UID");
        if (pod.Map("spec").Text("nodeName") is { Length: > 0 } node) throw StatusErrors.Conflict(definition.GroupResource, name, $"pod {name} is already assigned to node \"{node}\"");
        pod.Map("spec")!["nodeName"] = binding.Map("target").Text("name");
        return pod;
    });

    public JsonObject Delete(ResourceDefinition definition, string ns, string name, JsonObject? options)
    {
        var obj = Get(definition, ns, name);
        var metadata = obj.Map("metadata")!;
        foreach (var field in new[] { "uid", "resourceVersion" })
        {
            if (options.Map("preconditions").Text(field) is { } wanted && wanted != metadata.Text(field)) throw StatusErrors.Conflict(definition.GroupResource, name, $"Precondition failed: {field}");
        }

        if (options.Text("propagationPolicy") switch { "Orphan" => "orphan", "Foreground" => "foregroundDeletion", _ => null } is { } finalizer)
        {
            if (metadata["finalizers"] is not JsonArray list) metadata["finalizers"] = list = [];
            if (!list.Any(f => f.Text() == finalizer)) list.Add((JsonNode)finalizer);
        }

        var grace = definition.Strategy.GracePeriodSeconds(obj, options.Number("gracePeriodSeconds")) ?? 0;
        if (grace == 0 && !Waits(obj))
        {
            Remove(definition, ns, name);
            return obj;
        }

        if (metadata["deletionTimestamp"] is not null && grace >= (metadata.Number("deletionGracePeriodSeconds") ?? 0)) return JsonNode.DeepEquals(obj, Get(definition, ns, name)) ? obj : Store(definition, obj);
        metadata["deletionTimestamp"] = KubeTime(time.GetUtcNow().AddSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
        if (metadata.Number("generation") is { } generation) metadata["generation"] = generation + 1;
        return Store(definition, obj);
    }

    public static Func<JsonObject, JsonObject> Patch(ResourceDefinition definition, byte[] patch, string? mediaType) => mediaType switch
    {
        "application/json-patch+json" => present => JsonPatch.Parse(patch, []).Apply(present),
        "application/merge-patch+json" => present => MergePatch.Apply(present, JsonNode.Parse(patch)!.AsObject()),
        "application/strategic-merge-patch+json" => present => StrategicMergePatch.Apply(present, JsonNode.Parse(patch)!.AsObject(), definition.Schema),
        _ => throw new StatusException(415, StatusReason.UnsupportedMediaType, $"unknown patch {mediaType}"),
    };

    private JsonObject Store(ResourceDefinition definition, JsonObject obj)
    {
        var metadata = obj.Map("metadata")!;
        metadata["resourceVersion"] = (++Version).ToString(CultureInfo.InvariantCulture);
        var key = Key(definition, metadata.Text("namespace") ?? "", metadata.Text("name")!);
        var old = _objects.GetValueOrDefault(key);
        var stored = _objects[key] = obj.DeepClone().AsObject();
        changed(new(Version, old, stored));
        return obj;
    }

    private static JsonObject Complete(ResourceDefinition definition, JsonObject obj)
    {
        obj["apiVersion"] = definition.Kind.ApiVersion;
        obj["kind"] = definition.Kind.Kind;
        SchemaDefaulter.Apply(obj, definition.Schema);
        definition.Strategy.ApplyDefaults(obj);
        return obj.Ensure("metadata");
    }

    private static bool Waits(JsonObject obj) => obj.Map("metadata")!["finalizers"] is JsonArray { Count: > 0 } || obj.Map("spec")?["finalizers"] is JsonArray { Count: > 0 };

    private static string Key(ResourceDefinition definition, string ns, string name) => $"{definition.Kind.Group}/{definition.Plural}/{(definition.Namespaced ? ns + "/" : "")}{name}";

    private JsonNode Now() => KubeTime(time.GetUtcNow());

    private static string KubeTime(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
