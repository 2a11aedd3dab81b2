using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Nodes;

/// <summary>Nodes: their status may come with their creation, because a kubelet registers itself in one step.</summary>
internal sealed class NodeStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

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
}
