using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>
/// Deletes an object that has lost all its owners, takes from others the references to owners that are gone, and lets an owner go that waits in the foreground when
/// nothing blocks it any more (Kubernetes' "attempt to delete").
/// </summary>
internal sealed class DependentReconciler(OwnerGraph graph, OwnerCheck owners, KubeClient client, Action<string> examine, ILogger logger)
{
    public async Task<ReconcileResult> ReconcileAsync(string uid, CancellationToken cancellationToken)
    {
        if (graph.Find(uid) is not { } node) return ReconcileResult.Done;
        if (node.BeingDeleted && !node.DeletingDependents) return ReconcileResult.Done;
        if (!node.DeletingDependents && (node.Owners.Count == 0 || graph.HasSettledOwners(node))) return ReconcileResult.Done;

        var objects = client.Metadata(node.Resource);
        var latest = await objects.FindAsync(node.Name, node.Resource.Namespaced ? node.Namespace : null, cancellationToken);
        if (latest is null || latest.Metadata.Uid != uid)
        {
            // The watch will say so too, unless its resource has gone with it.
            graph.Remove(uid);
            return ReconcileResult.Done;
        }

        if (new GraphNode(node.Resource, latest.Metadata).DeletingDependents) return await FinishForegroundAsync(node, objects, latest.Metadata, cancellationToken);
        if (latest.Metadata.OwnerReferences is not { Count: > 0 } references) return ReconcileResult.Done;
        try
        {
            if (await owners.CheckAsync(node, references, cancellationToken) is { } verdict) await ActAsync(node, objects, latest.Metadata, verdict, cancellationToken);
            else GarbageCollectionLog.NamespacedOwner(logger, node.ToString());
            return ReconcileResult.Done;
        }
        catch (UnknownOwnerKindException e)
        {
            GarbageCollectionLog.UnknownOwner(logger, node.ToString(), e.Message);
            return ReconcileResult.Again;
        }
    }

    private async Task ActAsync(GraphNode node, ResourceClient<PartialObjectMetadata> objects, V1ObjectMeta latest, OwnerVerdict verdict, CancellationToken cancellationToken)
    {
        if (verdict.Solid.Count > 0)
        {
            if (verdict.Dangling.Count + verdict.Waiting.Count == 0) return;
            await MetadataPatches.OwnersAsync(objects, latest, latest.OwnerReferences.Where(o => verdict.Solid.Contains(o)), cancellationToken);
            return;
        }

        var dependents = graph.Dependents(node.Uid);
        if (verdict.Waiting.Count > 0 && dependents.Count > 0)
        {
            // A circle: one that this one waits for waits for it. Not blocking its owners any more opens it.
            if (dependents.Any(d => d.DeletingDependents)) latest = await UnblockOwnersAsync(node, objects, latest, cancellationToken);
            await DeleteAsync(node, objects, latest, "Foreground", cancellationToken);
            return;
        }

        var finalizers = latest.Finalizers ?? [];
        var policy = finalizers.Contains(GraphNode.OrphanFinalizer) ? "Orphan" : finalizers.Contains(GraphNode.ForegroundFinalizer) ? "Foreground" : "Background";
        await DeleteAsync(node, objects, latest, policy, cancellationToken);
    }

    private async Task<ReconcileResult> FinishForegroundAsync(GraphNode node, ResourceClient<PartialObjectMetadata> objects, V1ObjectMeta latest, CancellationToken cancellationToken)
    {
        // Those alone that say so block their owner.
        var blocking = graph.Dependents(node.Uid).Where(d => d.Owners.Any(o => o.Uid == node.Uid && o.BlockOwnerDeletion == true)).ToList();
        if (blocking.Count == 0) await MetadataPatches.FinalizersAsync(objects, latest, latest.Finalizers.Where(f => f != GraphNode.ForegroundFinalizer), cancellationToken);
        foreach (var dependent in blocking.Where(d => !d.DeletingDependents)) examine(dependent.Uid);
        return ReconcileResult.Done;
    }

    private static async Task<V1ObjectMeta> UnblockOwnersAsync(GraphNode node, ResourceClient<PartialObjectMetadata> objects, V1ObjectMeta latest, CancellationToken cancellationToken)
    {
        if (latest.OwnerReferences.All(o => o.BlockOwnerDeletion != true)) return latest;
        await MetadataPatches.OwnersAsync(objects, latest, latest.OwnerReferences.Select(o => o with { BlockOwnerDeletion = o.BlockOwnerDeletion is null ? null : false }), cancellationToken);
        return (await objects.GetAsync(node.Name, node.Resource.Namespaced ? node.Namespace : null, cancellationToken)).Metadata;
    }

    private async Task DeleteAsync(GraphNode node, ResourceClient<PartialObjectMetadata> objects, V1ObjectMeta latest, string policy, CancellationToken cancellationToken)
    {
        GarbageCollectionLog.Deleting(logger, node.ToString(), policy);
        try
        {
            // The version keeps one from being deleted that somebody has adopted meanwhile.
            var options = new DeleteOptions { Uid = node.Uid, ResourceVersion = latest.ResourceVersion, PropagationPolicy = policy };
            await objects.DeleteAsync(node.Name, node.Resource.Namespaced ? node.Namespace : null, options, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Someone was quicker.
        }
    }
}
