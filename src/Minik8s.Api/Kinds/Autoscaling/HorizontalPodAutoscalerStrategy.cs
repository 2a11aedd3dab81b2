using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>HorizontalPodAutoscalers of autoscaling/v2.</summary>
internal sealed class HorizontalPodAutoscalerStrategy : StatusStrategy
{
    /// <summary>The CPU utilisation, in percent, at which an autoscaler without metrics aims.</summary>
    public const int DefaultUtilization = 80;

    public override bool HasGeneration => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is not { } spec) return;
        if (spec["metrics"] is not JsonArray { Count: > 0 })
        {
            spec["metrics"] = new JsonArray(new JsonObject
            {
                ["type"] = "Resource",
                ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = DefaultUtilization } },
            });
        }

        if (spec.Map("behavior") is not { } behavior) return;
        var up = behavior.Ensure("scaleUp");
        up.Default("stabilizationWindowSeconds", 0);
        up.Default("selectPolicy", "Max");
        up.Default("policies", new JsonArray(Policy("Pods", 4), Policy("Percent", 100)));
        var down = behavior.Ensure("scaleDown");
        down.Default("selectPolicy", "Max");
        down.Default("policies", new JsonArray(Policy("Percent", 100)));
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => HorizontalPodAutoscalerValidation.Validate(obj.Map("spec") ?? [], 1, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) =>
        // One that has been allowed to scale to zero once may stay so.
        HorizontalPodAutoscalerValidation.Validate(obj.Map("spec") ?? [], old.Map("spec").Number("minReplicas") == 0 ? 0 : 1, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "currentReplicas", "desiredReplicas" })
        {
            if (obj.Map("status").Number(field) is < 0 and var number) errors.Invalid($"status.{field}", number, "must be greater than or equal to 0");
        }
    }

    private static JsonObject Policy(string type, int value) => new() { ["type"] = type, ["value"] = value, ["periodSeconds"] = 15 };
}
