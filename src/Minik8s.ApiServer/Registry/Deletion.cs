using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Registry;

/// <summary>What a request to delete does to an object.</summary>
internal enum DeletionOutcome
{
    /// <summary>It is removed now.</summary>
    Remove,

    /// <summary>It stays, marked as terminating.</summary>
    Marked,

    /// <summary>It was terminating already, and nothing changes.</summary>
    Unchanged,
}

/// <summary>Decides between removing an object and marking it as terminating (apiserver's <c>BeforeDelete</c> and finalizer rules).</summary>
internal sealed class Deletion(ResourceDefinition resource, TimeProvider time)
{
    public DeletionOutcome Mark(JsonObject obj, DeleteOptions options)
    {
        var metadata = obj.Map("metadata")!;
        if (metadata["deletionTimestamp"] is null) resource.Strategy.PrepareForDelete(obj);
        var changed = AddPropagationFinalizer(metadata, options.PropagationPolicy);
        var grace = resource.Strategy.GracePeriodSeconds(obj, options.GracePeriodSeconds);
        var waits = metadata["finalizers"] is JsonArray { Count: > 0 } || obj.Map("spec")?["finalizers"] is JsonArray { Count: > 0 };
        if (grace is null or 0 && !waits) return DeletionOutcome.Remove;

        if (metadata["deletionTimestamp"] is not null)
        {
            // A second request may only shorten what is left.
            var left = metadata.Number("deletionGracePeriodSeconds") ?? 0;
            if (grace is not { } shorter || shorter >= left) return changed ? DeletionOutcome.Marked : DeletionOutcome.Unchanged;
            Stamp(metadata, shorter);
            return shorter == 0 && !waits ? DeletionOutcome.Remove : DeletionOutcome.Marked;
        }

        Stamp(metadata, grace ?? 0);
        if (metadata.Number("generation") is > 0 and var generation) metadata["generation"] = generation + 1;
        if (resource.Kind is { Group: "", Kind: "Namespace" }) obj.Ensure("status")["phase"] = "Terminating";
        return DeletionOutcome.Marked;
    }

    private void Stamp(JsonObject metadata, long grace)
    {
        metadata["deletionTimestamp"] = ResourceRegistry.Timestamp(time.GetUtcNow().AddSeconds(grace));
        metadata["deletionGracePeriodSeconds"] = grace;
    }

    private static bool AddPropagationFinalizer(JsonObject metadata, string? policy)
    {
        var finalizer = policy switch { "Orphan" => "orphan", "Foreground" => "foregroundDeletion", _ => null };
        if (finalizer is null) return false;
        if (metadata["finalizers"] is not JsonArray list) metadata["finalizers"] = list = [];
        if (list.Any(f => f.Text() == finalizer)) return false;
        list.Add((JsonNode)finalizer);
        return true;
    }
}
