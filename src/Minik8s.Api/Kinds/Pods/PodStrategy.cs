using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Pods on their way into the store.</summary>
internal sealed class PodStrategy : StatusStrategy
{
    public override void ApplyDefaults(JsonObject obj) => PodDefaults.ApplyPod(PodTemplates.Part(obj, "spec", "io.k8s.api.core.v1.PodSpec"));

    public override void PrepareForCreate(JsonObject obj)
    {
        var status = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQos.ClassOf(obj.Map("spec")) };
        obj["status"] = status;
        if (!obj.Map("spec").Items("schedulingGates").Any()) return;
        status["conditions"] = new JsonArray(new JsonObject
        {
            ["type"] = "PodScheduled",
            ["status"] = "False",
            ["reason"] = "SchedulingGated",
            ["message"] = "Scheduling is blocked due to non-empty scheduling gates",
            ["lastProbeTime"] = null,
            ["lastTransitionTime"] = null,
        });
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        // They have a subresource of their own.
        if (old.Map("spec")?["ephemeralContainers"] is { } ephemeral) obj.Ensure("spec")["ephemeralContainers"] = ephemeral.DeepClone();
        else obj.Map("spec")?.Remove("ephemeralContainers");
    }

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForStatusUpdate(obj, old);
        if (obj.Map("status") is { } status && old.Map("status").Text("qosClass") is { } qos) status["qosClass"] = qos;
    }

    public override void PrepareForSubresourceUpdate(string subresource, JsonObject obj, JsonObject old)
    {
        switch (subresource)
        {
            case "ephemeralcontainers":
                var added = obj.Map("spec")?["ephemeralContainers"]?.DeepClone();
                Keep(obj, old, "status");
                Keep(obj, old, "spec");
                if (added is not null) obj.Ensure("spec")["ephemeralContainers"] = added;
                else obj.Map("spec")?.Remove("ephemeralContainers");
                break;
            case "resize":
                Keep(obj, old, "status");
                PodResize.Prepare(obj, old);
                break;
        }
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        Validate(obj, errors);
        PodValidation.ValidateCreate(obj.Map("spec") ?? [], "spec", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        Validate(obj, errors);
        PodUpdateValidation.Validate(obj, old, errors);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => PodStatusValidation.Validate(obj, old, errors);

    public override void ValidateSubresourceUpdate(string subresource, JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        if (subresource is not ("ephemeralcontainers" or "resize")) return;
        Validate(obj, errors);
        if (subresource == "resize") PodResize.Validate(obj, old, errors);
        else PodUpdateValidation.ValidateEphemeralContainers(obj, old, errors);
    }

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) =>
        old is not null && JsonNode.DeepEquals(obj["spec"], old["spec"]) ? [] : PodWarnings.OfSpec(obj.Map("spec"), "spec");

    public override long? GracePeriodSeconds(JsonObject obj, long? requested)
    {
        var phase = obj.Map("status").Text("phase");
        // Nobody runs a pod that has no node, and a finished one has nothing left to stop.
        if (string.IsNullOrEmpty(obj.Map("spec").Text("nodeName")) || phase is "Failed" or "Succeeded") return 0;
        var period = requested ?? obj.Map("spec").Number("terminationGracePeriodSeconds") ?? 30;
        return period < 0 ? 1 : period;
    }

    private static void Validate(JsonObject obj, ICollection<FieldError> errors)
    {
        PodValidation.ValidateAnnotations(obj.Map("metadata"), obj.Map("spec"), "metadata.annotations", errors);
        PodValidation.Validate(obj.Map("spec"), "spec", errors, pod: obj.Map("metadata").Text("name") ?? "");
    }
}
