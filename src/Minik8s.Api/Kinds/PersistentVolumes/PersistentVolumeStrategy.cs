using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>Persistent volumes: their source is fixed; the status belongs to the volume controller.</summary>
internal sealed class PersistentVolumeStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["phase"] = "Pending" };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => PersistentVolumeValidation.Validate(obj.Map("spec") ?? [], "spec", inline: false, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        if (!Source(spec, before).Same(Source(before, before))) errors.Forbidden("spec.persistentvolumesource", "spec.persistentvolumesource is immutable after creation");
        errors.Immutable("volumeMode", spec["volumeMode"], before["volumeMode"]);
        if (before["nodeAffinity"] is { } affinity && !spec["nodeAffinity"].Same(affinity)) errors.Invalid("nodeAffinity", spec["nodeAffinity"], "field is immutable, except for updating from beta label to GA");
        if (before["volumeAttributesClassName"] is not null && spec["volumeAttributesClassName"] is null) errors.Forbidden("spec.volumeAttributesClassName", "update from non-nil value to nil is forbidden");
    }

    /// <summary>The source of a volume. A secret for expansion may be added to a CSI volume that had none.</summary>
    private static JsonObject Source(JsonObject spec, JsonObject before)
    {
        var source = new JsonObject();
        foreach (var field in PersistentVolumeValidation.Sources)
        {
            if (spec[field] is { } value) source[field] = value.DeepClone();
        }

        if (before.Map("csi") is { } csi && !csi.ContainsKey("controllerExpandSecretRef")) source.Map("csi")?.Remove("controllerExpandSecretRef");
        return source;
    }
}
