using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>CSI drivers and what they need of the cluster.</summary>
internal sealed class CsiDriverStrategy : PlainStrategy
{
    private const int ShortestToken = 600;
    private const int ShortestPeriod = 10;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is { } spec && spec["volumeLifecycleModes"] is not JsonArray { Count: > 0 }) spec["volumeLifecycleModes"] = new JsonArray("Persistent");
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        foreach (var (field, path) in new[] { ("attachRequired", "spec.attachedRequired"), ("podInfoOnMount", "spec.podInfoOnMount"), ("storageCapacity", "spec.storageCapacity") })
        {
            if (spec[field] is null) errors.Required(path);
        }

        if (spec.Text("fsGroupPolicy") is { } policy && policy is not ("File" or "None" or "ReadWriteOnceWithFSType")) errors.NotSupported("spec.fsGroupPolicy", policy, "File", "None", "ReadWriteOnceWithFSType");
        ValidateTokens(spec, errors);
        foreach (var mode in spec.Texts("volumeLifecycleModes").Where(m => m is not ("Persistent" or "Ephemeral"))) errors.Unsupported("spec.volumeLifecycleModes", mode, "Persistent", "Ephemeral");
        if (spec["seLinuxMount"] is null) errors.Required("spec.seLinuxMount");
        if (spec.Number("nodeAllocatableUpdatePeriodSeconds") is < ShortestPeriod and var period) errors.Invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, "must be greater than or equal to 10 seconds");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("spec.attachedRequired", obj.Map("spec")?["attachRequired"], old.Map("spec")?["attachRequired"]);
        errors.Immutable("spec.volumeLifecycleModes", obj.Map("spec")?["volumeLifecycleModes"], old.Map("spec")?["volumeLifecycleModes"]);
    }

    private static void ValidateTokens(JsonObject spec, ICollection<FieldError> errors)
    {
        var audiences = new HashSet<string>();
        var i = 0;
        foreach (var token in spec.Items("tokenRequests"))
        {
            var path = $"spec.tokenRequests[{i++}]";
            if (!audiences.Add(token.Text("audience") ?? ""))
            {
                errors.Duplicate($"{path}.audience", token.Text("audience") ?? "");
                continue;
            }

            if (token.Number("expirationSeconds") is not { } seconds) continue;
            if (seconds < ShortestToken) errors.Invalid($"{path}.expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
            if (seconds > 1L << 32) errors.Invalid($"{path}.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
        }
    }
}
