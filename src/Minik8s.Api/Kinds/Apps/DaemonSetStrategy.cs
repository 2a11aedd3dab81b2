using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Selectors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>DaemonSets (apps/v1).</summary>
internal sealed class DaemonSetStrategy : StatusStrategy
{
    /// <summary>How often the template has changed. Its field is gone from the API; older controllers read it here.</summary>
    private const string TemplateGeneration = "deprecated.daemonset.template.generation";

    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.apps.v1.DaemonSetSpec");
        PodTemplates.ApplyDefaults(spec);
        var strategy = spec.Ensure("updateStrategy");
        strategy.Default("type", "RollingUpdate");
        if (strategy.Text("type") != "RollingUpdate") return;
        var rolling = strategy.Ensure("rollingUpdate");
        rolling.Default("maxUnavailable", 1);
        rolling.Default("maxSurge", 0);
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj["status"] = new JsonObject { ["currentNumberScheduled"] = 0, ["desiredNumberScheduled"] = 0, ["numberMisscheduled"] = 0, ["numberReady"] = 0 };
        SetTemplateGeneration(obj, Math.Max(1, ReadTemplateGeneration(obj)));
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        var changed = !JsonNode.DeepEquals(obj.Map("spec")?["template"], old.Map("spec")?["template"]);
        SetTemplateGeneration(obj, Math.Max(1, ReadTemplateGeneration(old)) + (changed ? 1 : 0));
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        var template = spec.Map("template");
        LabelSelectorValidation.Validate(spec.Map("selector"), "spec.selector", errors);
        if (LabelSelector.TryOf(spec.Map("selector"), out var selector)) PodTemplates.ValidateSelected(template, selector, "spec.template", errors);
        if (spec.Map("selector") is { } given && LabelSelectorValidation.IsEmpty(given)) errors.Invalid("spec.selector", given, "empty selector is invalid for daemonset");
        PodTemplates.Validate(template, "spec.template", errors);
        PodTemplates.ValidateRunsForever(template, "spec.template", "DaemonSet", errors);
        errors.NonNegative(spec, "spec", "minReadySeconds");
        ValidateUpdateStrategy(spec.Map("updateStrategy") ?? [], errors);
        errors.NonNegative(spec, "spec", "revisionHistoryLimit");
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("spec.selector", obj.Map("spec")?["selector"], old.Map("spec")?["selector"]);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        errors.NonNegative(
            obj.Map("status"), "status", "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady", "observedGeneration", "updatedNumberScheduled",
            "numberAvailable", "numberUnavailable", "collisionCount");
        errors.NotDecremented(obj, old, "collisionCount");
    }

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");

    private static long ReadTemplateGeneration(JsonObject obj) =>
        long.TryParse(obj.Map("metadata").Map("annotations").Text(TemplateGeneration), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) ? generation : 0;

    private static void SetTemplateGeneration(JsonObject obj, long generation) =>
        obj.Ensure("metadata").Ensure("annotations")[TemplateGeneration] = generation.ToString(CultureInfo.InvariantCulture);

    private static void ValidateUpdateStrategy(JsonObject strategy, ICollection<FieldError> errors)
    {
        const string path = "spec.updateStrategy";
        switch (strategy.Text("type"))
        {
            case "OnDelete":
                break;
            case "RollingUpdate":
                var rolling = strategy.Map("rollingUpdate");
                foreach (var field in new[] { "maxUnavailable", "maxSurge" }) IntOrPercent.Validate(rolling?[field], $"{path}.rollingUpdate.{field}", errors);
                foreach (var field in new[] { "maxUnavailable", "maxSurge" }) IntOrPercent.ValidateAtMostWhole(rolling?[field], $"{path}.rollingUpdate.{field}", errors);
                switch (IntOrPercent.Number(rolling?["maxUnavailable"]) != 0, IntOrPercent.Number(rolling?["maxSurge"]) != 0)
                {
                    case (true, true):
                        errors.Invalid($"{path}.rollingUpdate.maxSurge", rolling!["maxSurge"], "may not be set when maxUnavailable is non-zero");
                        break;
                    case (false, false):
                        errors.Required($"{path}.rollingUpdate.maxUnavailable", "cannot be 0 when maxSurge is 0");
                        break;
                }

                break;
            default:
                errors.NotSupported(path, (JsonNode)strategy, "OnDelete", "RollingUpdate");
                break;
        }
    }
}
