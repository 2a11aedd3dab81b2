using System.Text.Json.Nodes;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds;

/// <summary>The behaviour of a kind whose status is written through its subresource alone.</summary>
internal class StatusStrategy : ResourceStrategy
{
    public override void PrepareForCreate(JsonObject obj) => obj.Remove("status");

    public override void PrepareForUpdate(JsonObject obj, JsonObject old) => Keep(obj, old, "status");

    public override void PrepareForStatusUpdate(JsonObject obj, JsonObject old)
    {
        foreach (var key in obj.Select(p => p.Key).Where(k => k is not ("status" or "metadata" or "apiVersion" or "kind")).ToList()) Keep(obj, old, key);
        foreach (var key in old.Select(p => p.Key).Where(k => k is not ("status" or "metadata")).ToList()) Keep(obj, old, key);
    }

    protected static void Keep(JsonObject obj, JsonObject old, string field)
    {
        if (old[field] is { } value) obj[field] = value.DeepClone();
        else obj.Remove(field);
    }
}

/// <summary>The behaviour of a kind without status and generation.</summary>
internal class PlainStrategy : ResourceStrategy
{
    public override bool HasGeneration => false;
}
