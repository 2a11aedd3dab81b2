using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Apps;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Selectors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Replication;

/// <summary>ReplicationControllers (core/v1). Selector and labels that are not given are those of the template.</summary>
internal sealed class ReplicationControllerStrategy : StatusStrategy
{
    public override void ApplyDefaults(JsonObject obj)
    {
        var spec = PodTemplates.Part(obj, "spec", "io.k8s.api.core.v1.ReplicationControllerSpec");
        if (spec.Map("template") is null) return;
        PodTemplates.ApplyDefaults(spec);
        if (spec.Map("template").Map("metadata").Map("labels") is not { } labels) return;
        if (spec.Map("selector") is not { Count: > 0 }) spec["selector"] = labels.DeepClone();
        if (obj.Map("metadata").Map("labels") is not { Count: > 0 }) obj.Ensure("metadata")["labels"] = labels.DeepClone();
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["replicas"] = 0 };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        errors.NonNegative(spec, "spec", "minReadySeconds");
        var selector = spec.Map("selector");
        errors.LabelMap("spec.selector", selector);
        if (selector is not { Count: > 0 }) errors.Required("spec.selector");
        errors.NonNegative(spec, "spec", "replicas");
        var template = spec.Map("template");
        if (template is null)
        {
            errors.Required("spec.template");
            return;
        }

        if (selector is { Count: > 0 }) PodTemplates.ValidateSelected(template, LabelSelector.OfLabels(selector), "spec.template", errors);
        PodTemplates.Validate(template, "spec.template", errors);
        if (spec.Number("replicas") > 1) PodTemplates.ValidateSharedDisks(template, "spec.template", errors);
        PodTemplates.ValidateRunsForever(template, "spec.template", "ReplicationController", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ReplicaStatus.Validate(obj.Map("status"), errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");
}
