using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Pods on their way into the store.</summary>
internal sealed class PodStrategy : StatusStrategy
{
    public override bool HasGeneration => true;

    public override void ApplyDefaults(JsonObject obj)
    {
        PodDefaults.ApplyPod(PodTemplates.Part(obj, "spec", "io.k8s.api.core.v1.PodSpec"));
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = PodQos.ClassOf(obj.Map("spec")) };
    }

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForStatusUpdate(obj, old);
        if (obj.Map("status") is { } status && old.Map("status").Text("qosClass") is { } qos) status["qosClass"] = qos;
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => PodValidation.Validate(obj.Map("spec"), "spec", errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        PodValidation.Validate(obj.Map("spec"), "spec", errors);
        if (errors.Count == 0) PodUpdateValidation.Validate(obj, old, errors);
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
}
