using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Pods;

namespace Minik8s.Api.Kinds.Replication;

/// <summary>PodTemplates (core/v1): templates kept on their own.</summary>
internal sealed class PodTemplateStrategy : PlainStrategy
{
    public override bool HasGeneration => true;

    public override void ApplyDefaults(JsonObject obj) => PodTemplates.ApplyDefaults(obj);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => PodTemplates.Validate(obj.Map("template"), "template", errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    public override IEnumerable<string> Warnings(JsonObject obj, JsonObject? old) => PodWarnings.OfTemplate(obj, old, "template");
}
