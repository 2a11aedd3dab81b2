using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Schemas;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources;

/// <summary>The behaviour of one version of a custom kind.</summary>
/// <param name="schema">The version's structural schema.</param>
/// <param name="hasStatus">Whether status is written through its own subresource alone.</param>
/// <param name="scale">Where the number of replicas stands; null without the scale subresource.</param>
internal sealed class CustomResourceStrategy(Schema schema, bool hasStatus, ScaleMapping? scale) : ResourceStrategy
{
    public override void ApplyDefaults(JsonObject obj) => StructuralDefaulting.Apply(obj, schema);

    public override void PrepareForCreate(JsonObject obj)
    {
        if (hasStatus) obj.Remove("status");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        if (!hasStatus) return;
        if (old["status"] is { } status) obj["status"] = status.DeepClone();
        else obj.Remove("status");
    }

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        // Nothing but the status is taken, not even metadata.
        var status = obj["status"];
        obj.Clear();
        foreach (var (name, value) in old)
        {
            if (name != "status") obj[name] = value?.DeepClone();
        }

        if (status is not null) obj["status"] = status;
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => Validate(obj, null, errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => Validate(obj, old, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => Validate(obj, old, errors);

    /// <summary>Without a status subresource the status is part of what is wanted.</summary>
    public override bool SpecChanged(JsonObject obj, JsonObject old) =>
        obj.Select(p => p.Key).Union(old.Select(p => p.Key)).Any(k => k is not ("metadata" or "apiVersion" or "kind") && !(hasStatus && k == "status") && !JsonNode.DeepEquals(obj[k], old[k]));

    private void Validate(JsonObject obj, JsonObject? old, ICollection<FieldError> errors)
    {
        new ValueValidation(errors).Validate(obj, old, schema, "");
        EmbeddedResources.Validate(obj, schema, "", errors);
        if (scale is not null) ScaleValidation.Validate(obj, scale, errors);
    }
}
