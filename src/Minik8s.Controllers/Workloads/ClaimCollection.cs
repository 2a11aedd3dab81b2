using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Workloads;

/// <summary>
/// Finds the objects that belong to an owner: it adopts those without a controller that its selector matches, and releases those of its own that it does not match any
/// more (Kubernetes' controller reference manager).
/// </summary>
/// <param name="owners">Where to ask whether the owner may still adopt.</param>
/// <param name="objects">Where to write.</param>
/// <param name="finalizer">What an adopted object gets, and a released one loses.</param>
internal sealed class ClaimCollection<TOwner, T>(ResourceClient<TOwner> owners, ResourceClient<T> objects, string? finalizer = null)
    where TOwner : class, IKubernetesObject<V1ObjectMeta>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The candidates that belong to the owner after this.</summary>
    public async Task<List<T>> ClaimAsync(TOwner owner, ObjectSelector selector, IEnumerable<T> candidates, CancellationToken cancellationToken)
    {
        var claimed = new List<T>();
        bool? mayAdopt = null;
        foreach (var candidate in candidates)
        {
            var matches = selector.Matches(candidate.Metadata.Labels);
            if (OwnerReferences.Controller(candidate.Metadata) is { } controller)
            {
                if (controller.Uid != owner.Metadata.Uid) continue;
                if (matches) claimed.Add(candidate);
                else if (owner.Metadata.DeletionTimestamp is null) await ReleaseAsync(owner, candidate, cancellationToken);
                continue;
            }

            if (!matches || owner.Metadata.DeletionTimestamp is not null || candidate.Metadata.DeletionTimestamp is not null) continue;
            // Asked of the server, because the cache may not show yet that the owner is being deleted: what it adopted then would be collected with it.
            mayAdopt ??= await MayAdoptAsync(owner, cancellationToken);
            if (mayAdopt == true && await AdoptAsync(owner, candidate, cancellationToken) is { } adopted) claimed.Add(adopted);
        }

        return claimed;
    }

    private async Task<bool> MayAdoptAsync(TOwner owner, CancellationToken cancellationToken)
    {
        var fresh = await owners.FindAsync(owner.Metadata.Name, owner.Metadata.NamespaceProperty, cancellationToken);
        return fresh is not null && fresh.Metadata.Uid == owner.Metadata.Uid && fresh.Metadata.DeletionTimestamp is null;
    }

    private Task<T?> AdoptAsync(TOwner owner, T candidate, CancellationToken cancellationToken) =>
        PatchAsync(candidate, ModelJson.ToNode(OwnerReferences.To(owner)), "finalizers", cancellationToken);

    private Task<T?> ReleaseAsync(TOwner owner, T candidate, CancellationToken cancellationToken) =>
        PatchAsync(candidate, new JsonObject { ["$patch"] = "delete", ["uid"] = owner.Metadata.Uid }, "$deleteFromPrimitiveList/finalizers", cancellationToken);

    private async Task<T?> PatchAsync(T candidate, JsonNode reference, string finalizers, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["uid"] = candidate.Metadata.Uid, ["ownerReferences"] = new JsonArray(reference) };
        if (finalizer is not null) metadata[finalizers] = new JsonArray(finalizer);
        var patch = new JsonObject { ["metadata"] = metadata };
        try
        {
            return await objects.PatchAsync(candidate.Metadata.Name, candidate.Metadata.NamespaceProperty, PatchKind.StrategicMerge, KubeJson.Bytes(patch), null, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsInvalid)
        {
            // Gone, or somebody else controls it by now.
            return null;
        }
    }
}
