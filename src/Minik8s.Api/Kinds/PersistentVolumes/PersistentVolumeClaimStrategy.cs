using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>Claims of storage: fixed but for their size, which may grow, and what the volume controller fills in.</summary>
internal sealed class PersistentVolumeClaimStrategy : StatusStrategy
{
    private const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";
    private static readonly string[] ResizeStates = ["ControllerResizeInProgress", "ControllerResizeInfeasible", "NodeResizePending", "NodeResizeInProgress", "NodeResizeInfeasible"];

    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["phase"] = "Pending" };
        if (obj.Map("spec") is { } spec) NormaliseSources(spec);
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        if (obj.Map("spec") is { } spec) NormaliseSources(spec);
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => PersistentVolumeClaimValidation.Validate(obj.Map("spec") ?? [], "spec", errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        ValidateFixed(obj, old, spec, before, errors);
        var (now, was, has) = (Size(spec.Map("resources").Map("requests")), Size(before.Map("resources").Map("requests")), Size(old.Map("status").Map("capacity")));
        if (now < was && now <= has) errors.Forbidden("spec.resources.requests.storage", "field can not be less than status.capacity");
        errors.Immutable("volumeMode", spec["volumeMode"], before["volumeMode"]);
        if (before["volumeAttributesClassName"] is null) return;
        if (spec["volumeAttributesClassName"] is null) errors.Forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
        else if (spec.Text("volumeAttributesClassName") is "") errors.Forbidden("spec.volumeAttributesClassName", "update from non-nil value to an empty string is forbidden");
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        foreach (var (name, value) in obj.Map("status").Map("capacity") ?? [])
        {
            if (Quantity.TryParse(value.Text() ?? "", out var amount) && amount.Value < 0) errors.Invalid($"status.capacity[{name}]", amount.WholeValue, "must be a valid resource quantity");
        }

        foreach (var (name, value) in obj.Map("status").Map("allocatedResourceStatuses") ?? [])
        {
            if (!ResizeStates.Contains(value.Text())) errors.NotSupported("status.allocatedResourceStatus", name, ResizeStates);
        }
    }

    private static void ValidateFixed(JsonObject obj, JsonObject old, JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        var (now, was) = (spec.DeepClone().AsObject(), before.DeepClone().AsObject());
        // The volume controller fills in the volume's name, once.
        if (string.IsNullOrEmpty(before.Text("volumeName"))) Copy(now, was, "volumeName");
        var annotation = old.Map("metadata").Map("annotations").Text(ClassAnnotation);
        if (before["storageClassName"] is null && spec.Text("storageClassName") is { } name && (annotation is null || annotation == name)) Copy(was, now, "storageClassName");
        var annotated = obj.Map("metadata").Map("annotations").Text(ClassAnnotation);
        if (annotated != annotation && !(annotation is not null && annotated is null && spec.Text("storageClassName") == annotation)) errors.Invalid($"metadata.annotations[{ClassAnnotation}]", annotated ?? "", "field is immutable");
        if (old.Map("status").Text("phase") == "Bound" && now.Map("resources").Map("requests") is { } requests && was.Map("resources").Map("requests") is { } requested) Copy(requested, requests, "storage");
        Copy(was, now, "volumeAttributesClassName");
        if (!JsonNode.DeepEquals(now, was)) errors.Forbidden("spec", "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims");
    }

    private static void Copy(JsonObject from, JsonObject to, string field)
    {
        if (from[field] is { } value) to[field] = value.DeepClone();
        else to.Remove(field);
    }

    private static decimal Size(JsonObject? amounts) => Quantity.TryParse(amounts.Text("storage") ?? "", out var size) ? size.Value : 0;

    /// <summary><c>dataSource</c> and <c>dataSourceRef</c> say the same, unless the reference leads into another namespace (KEP-1495).</summary>
    private static void NormaliseSources(JsonObject spec)
    {
        var (source, reference) = (spec.Map("dataSource"), spec.Map("dataSourceRef"));
        if (reference is not null && !string.IsNullOrEmpty(reference.Text("namespace"))) return;
        if (source is not null && reference is null) spec["dataSourceRef"] = source.DeepClone();
        else if (source is null && reference is not null) spec["dataSource"] = new JsonObject(reference.Where(f => f.Key != "namespace").Select(f => KeyValuePair.Create(f.Key, f.Value?.DeepClone())));
    }
}
