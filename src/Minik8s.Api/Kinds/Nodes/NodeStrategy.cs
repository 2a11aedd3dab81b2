using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Kinds.Nodes;

/// <summary>Nodes: their status may come with their creation, because a kubelet registers itself in one step.</summary>
internal sealed class NodeStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is { } spec)
        {
            // The single field is the first of the list; where they differ it wins.
            var (one, all) = (spec.Text("podCIDR") ?? "", spec.Texts("podCIDRs").ToList());
            if (one.Length > 0 && (all.Count == 0 || all[0] != one)) spec["podCIDRs"] = new JsonArray(one);
            else if (one.Length == 0 && all.Count > 0) spec["podCIDR"] = all[0];
        }

        if (obj.Map("status") is { } status && status["allocatable"] is null && status["capacity"] is { } capacity) status["allocatable"] = capacity.DeepClone();
    }

    public override void PrepareForCreate(JsonObject obj)
    {
        obj.Ensure("spec");
        obj.Ensure("status");
    }

    public override void PrepareForUpdate(JsonObject obj, JsonObject old)
    {
        base.PrepareForUpdate(obj, old);
        obj.Ensure("spec");
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        NodeValidation.ValidateTaints(obj, errors);
        NodeValidation.ValidateResources(obj, errors);
        NodeValidation.ValidateNetworks(obj, errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => NodeValidation.ValidateUpdate(obj, old, errors);

    public override void ValidateStatusUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => NodeValidation.ValidateUpdate(obj, old, errors);
}
