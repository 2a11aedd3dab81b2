using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>Deployments (apps/v1).</summary>
internal sealed class DeploymentStrategy : StatusStrategy
{
    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.apps.v1.DeploymentSpec");
        PodTemplates.ApplyDefaults(spec);
        var strategy = spec.Ensure("strategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.Ensure("rollingUpdate");
        rolling.Default("maxUnavailable", "25%");
        rolling.Default("maxSurge", "25%");
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject();

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForStatusUpdate(obj, old);
        Keep(obj.Ensure("metadata"), old.Ensure("metadata"), "labels");
    }

    /// <summary>A change of annotations counts too: <c>kubectl rollout</c> tells the controller through them.</summary>
    public override bool SpecChanged(JsonObject obj, JsonObject old) =>
        base.SpecChanged(obj, old) || !JsonNode.DeepEquals(obj.Map("metadata")?["annotations"], old.Map("metadata")?["annotations"]);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        errors.NonNegative(spec, "spec", "replicas");
        if (SelectorChecks.Require(spec, "deployment", errors) is { } selector) PodTemplates.ValidateReplicated(spec, selector, "spec.template", errors);
        ValidateUpdateStrategy(spec.Map("strategy") ?? [], errors);
        errors.NonNegative(spec, "spec", "minReadySeconds", "revisionHistoryLimit");
        if (spec.Number("progressDeadlineSeconds") is not { } deadline) return;
        errors.NonNegative(spec, "spec", "progressDeadlineSeconds");
        var ready = spec.Number("minReadySeconds") ?? 0;
        if (deadline <= ready) errors.Invalid("spec.progressDeadlineSeconds", deadline, $"must be greater than minReadySeconds ({ready})");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("spec.selector", obj.Map("spec")?["selector"], old.Map("spec")?["selector"]);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var status = obj.Map("status");
        errors.NonNegative(
            status, "status", "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas", "terminatingReplicas", "collisionCount");
        foreach (var field in new[] { "updatedReplicas", "readyReplicas", "availableReplicas" })
        {
            errors.NotGreater(status, "status", field, "replicas", "cannot be greater than status.replicas");
        }

        errors.NotGreater(status, "status", "availableReplicas", "readyReplicas", "cannot be greater than readyReplicas");
        errors.NotDecremented(obj, old, "collisionCount");
    }

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");

    private static void ValidateUpdateStrategy(JsonObject strategy, ICollection<FieldError> errors)
    {
        const string path = "spec.strategy";
        switch (strategy.Text("type"))
        {
            case "Recreate":
                if (strategy.ContainsKey("rollingUpdate")) errors.Forbidden($"{path}.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
                break;
            case "RollingUpdate":
                var rolling = strategy.Map("rollingUpdate");
                var (unavailable, surge) = (rolling?["maxUnavailable"], rolling?["maxSurge"]);
                IntOrPercent.Validate(unavailable, $"{path}.rollingUpdate.maxUnavailable", errors);
                IntOrPercent.Validate(surge, $"{path}.rollingUpdate.maxSurge", errors);
                if (IntOrPercent.Number(unavailable) == 0 && IntOrPercent.Number(surge) == 0)
                {
                    errors.Invalid($"{path}.rollingUpdate.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0");
                }

                IntOrPercent.ValidateAtMostWhole(unavailable, $"{path}.rollingUpdate.maxUnavailable", errors);
                break;
            default:
                errors.NotSupported(path, (JsonNode)strategy, "Recreate", "RollingUpdate");
                break;
        }
    }
}
