using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>Frees the dependents of an object that is deleted without them, and then lets it go.</summary>
internal sealed class OrphanReconciler(OwnerGraph graph, KubeClient client)
{
    public async Task<ReconcileResult> ReconcileAsync(string uid, CancellationToken cancellationToken)
    {
        if (graph.Find(uid) is not { WantsOrphaning: true } owner) return ReconcileResult.Done;
        foreach (var dependent in graph.Dependents(uid)) await FreeAsync(dependent, uid, cancellationToken);

        var owners = client.Metadata(owner.Resource);
        var latest = await owners.FindAsync(owner.Name, owner.Resource.Namespaced ? owner.Namespace : null, cancellationToken);
        if (latest?.Metadata.Uid != uid || latest.Metadata.Finalizers?.Contains(GraphNode.OrphanFinalizer) != true) return ReconcileResult.Done;
        await MetadataPatches.FinalizersAsync(owners, latest.Metadata, latest.Metadata.Finalizers.Where(f => f != GraphNode.OrphanFinalizer), cancellationToken);
        return ReconcileResult.Done;
    }

    private async Task FreeAsync(GraphNode dependent, string owner, CancellationToken cancellationToken)
    {
        var objects = client.Metadata(dependent.Resource);
        var latest = await objects.FindAsync(dependent.Name, dependent.Resource.Namespaced ? dependent.Namespace : null, cancellationToken);
        if (latest?.Metadata.Uid != dependent.Uid || latest.Metadata.OwnerReferences?.Any(o => o.Uid == owner) != true) return;
        await MetadataPatches.OwnersAsync(objects, latest.Metadata, latest.Metadata.OwnerReferences.Where(o => o.Uid != owner), cancellationToken);
    }
}
