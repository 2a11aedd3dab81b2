using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Policy;

/// <summary>PodDisruptionBudgets (policy/v1).</summary>
internal sealed class PodDisruptionBudgetStrategy : StatusStrategy
{
    public override void ApplyDefaults(JsonObject obj) => PodTemplates.Part(obj, "spec", "io.k8s.api.policy.v1.PodDisruptionBudgetSpec");

    public override void PrepareForCreate(JsonObject obj) =>
        obj["status"] = new JsonObject { ["currentHealthy"] = 0, ["desiredHealthy"] = 0, ["disruptionsAllowed"] = 0, ["expectedPods"] = 0 };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        if (spec["minAvailable"] is not null && spec["maxUnavailable"] is not null) errors.Invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
        foreach (var field in new[] { "minAvailable", "maxUnavailable" })
        {
            if (spec[field] is not { } value) continue;
            IntOrPercent.Validate(value, $"spec.{field}", errors);
            IntOrPercent.ValidateAtMostWhole(value, $"spec.{field}", errors);
        }

        LabelSelectorValidation.Validate(spec.Map("selector"), "spec.selector", errors);
        if (spec.Text("unhealthyPodEvictionPolicy") is { } policy and not ("IfHealthyBudget" or "AlwaysAllow"))
        {
            errors.NotSupported("spec.unhealthyPodEvictionPolicy", policy, "AlwaysAllow", "IfHealthyBudget");
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        errors.NonNegative(obj.Map("status"), "status", "disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods");
        var i = 0;
        var types = new HashSet<string>();
        foreach (var condition in obj.Map("status").Items("conditions"))
        {
            var path = $"status.conditions[{i++}]";
            var type = condition.Text("type") ?? "";
            errors.All($"{path}.type", type, Labels.Key(type));
            if (!types.Add(type)) errors.Duplicate($"{path}.type", type);
            if (condition.Text("status") is not ("True" or "False" or "Unknown")) errors.NotSupported($"{path}.status", condition.Text("status") ?? "", "False", "True", "Unknown");
            if (string.IsNullOrEmpty(condition.Text("reason"))) errors.Required($"{path}.reason");
        }
    }
}
