using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>ReplicaSets (apps/v1).</summary>
internal sealed class ReplicaSetStrategy : StatusStrategy
{
    public override void ApplyDefaults(JsonObject obj) => PodTemplates.ApplyDefaults(PodTemplates.Part(obj, "spec", "io.k8s.api.apps.v1.ReplicaSetSpec"));

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["replicas"] = 0 };

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        errors.NonNegative(spec, "spec", "replicas", "minReadySeconds");
        // Kubernetes says "deployment" here too.
        if (SelectorChecks.Require(spec, "deployment", errors) is { } selector) PodTemplates.ValidateReplicated(spec, selector, "spec.template", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("spec.selector", obj.Map("spec")?["selector"], old.Map("spec")?["selector"]);
    }

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ReplicaStatus.Validate(obj.Map("status"), errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "spec", "template");
}
