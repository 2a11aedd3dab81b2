using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.PersistentVolumes;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>Attachments of volumes to nodes: fixed; whether it has been done is status.</summary>
internal sealed class VolumeAttachmentStrategy : StatusStrategy
{
    private const int MaxMetadata = 256 * 1024;
    private const int MaxMessage = 1024;

    public override bool HasGeneration => false;

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["attached"] = false };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        ValidateSpec(spec, errors);
        VolumeChecks.ValidateDriver(spec.Text("attacher") ?? "", "spec.attacher", errors);
        if (spec.Map("source").Text("persistentVolumeName") is { Length: > 0 } volume) errors.All("spec.source.persistentVolumeName", volume, Names.DnsSubdomain(volume));
        ValidateStatus(obj, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateSpec(obj.Map("spec") ?? [], errors);
        errors.Immutable("spec", obj["spec"], old["spec"]);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateStatus(obj, errors);

    private static void ValidateSpec(JsonObject spec, ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(spec.Text("attacher"))) errors.Required("spec.attacher");
        var source = spec.Map("source") ?? [];
        var (inline, name) = (source.Map("inlineVolumeSpec"), source.Text("persistentVolumeName"));
        if (inline is null && name is null) errors.Required("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
        else if (inline is not null && name is not null) errors.Forbidden("spec.source", "must specify exactly one of inlineVolumeSpec and persistentVolumeName");
        else if (name is "") errors.Required("spec.source.persistentVolumeName", "must specify non empty persistentVolumeName");
        else if (inline is not null) PersistentVolumeValidation.Validate(inline, "spec.source.inlineVolumeSpec", inline: true, errors);
        errors.All("spec.nodeName", spec.Text("nodeName") ?? "", Names.DnsSubdomain(spec.Text("nodeName") ?? ""));
    }

    private static void ValidateStatus(JsonObject obj, ICollection<FieldError> errors)
    {
        var status = obj.Map("status") ?? [];
        var size = (status.Map("attachmentMetadata") ?? []).Sum(m => Encoding.UTF8.GetByteCount(m.Key) + Encoding.UTF8.GetByteCount(m.Value.Text() ?? ""));
        if (size > MaxMetadata) errors.TooLong("status.attachmentMetadata", MaxMetadata);
        foreach (var field in new[] { "attachError", "detachError" })
        {
            var error = status.Map(field);
            if (Encoding.UTF8.GetByteCount(error.Text("message") ?? "") > MaxMessage) errors.TooLong($"status.{field}.message", MaxMessage);
            if (error.Number("errorCode") is < 0 and var code) errors.Invalid($"status.{field}.errorCode", code, "must be between 0 and 2147483647, inclusive");
        }
    }
}
