using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>Keeps the number of an owner's pods at the wanted one.</summary>
internal sealed class ReplicaReconciler<T>(
    ReplicaKind<T> kind, ILister<T> owners, ILister<V1Pod> pods, ResourceClient<T> client, ResourceClient<V1Pod> podClient, IEventRecorder events, Expectations expectations, TimeProvider time)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The most pods that one pass creates or deletes.</summary>
    public const int Burst = 500;

    private readonly PodControl _control = new(podClient, events);
    private readonly ClaimCollection<T, V1Pod> _claims = new(client, podClient);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (owners.Get(key) is not { } owner)
        {
            expectations.Forget(key);
            return ReconcileResult.Done;
        }

        // Read before the pods: what is observed in between is then looked at in the next pass.
        var current = expectations.AreMet(key);
        var candidates = pods.ByIndex(Indexes.OwnerUid, owner.Metadata.Uid).Concat(pods.ByIndex(OwnerReferences.OrphanIndex, key.Namespace));
        var claimed = await _claims.ClaimAsync(owner, kind.Selector(owner), candidates.Where(p => !PodStates.IsOver(p)), cancellationToken);
        var active = claimed.Where(PodStates.IsActive).ToList();
        Exception? failure = null;
        if (current && owner.Metadata.DeletionTimestamp is null) failure = await ManageAsync(key, owner, active, cancellationToken);

        var now = time.GetUtcNow();
        var old = kind.Status(owner);
        var status = ReplicaStatus.Make(
            kind.Replicas(owner), kind.MinReadySeconds(owner), kind.Template(owner), owner.Metadata.Generation ?? 0, old, active,
            kind.CountsTerminating ? claimed.Count - active.Count : null, failure?.Message, now);
        if (status != old || old.ObservedGeneration != (owner.Metadata.Generation ?? 0)) await client.UpdateStatusAsync(kind.WithStatus(owner, status), cancellationToken);
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return ReplicaStatus.NextAvailable(kind.MinReadySeconds(owner), active, now) is { } next ? ReconcileResult.After(next) : ReconcileResult.Done;
    }

    private async Task<Exception?> ManageAsync(ObjectKey key, T owner, List<V1Pod> active, CancellationToken cancellationToken)
    {
        var missing = kind.Replicas(owner) - active.Count;
        if (missing > 0 && kind.Template(owner) is { } template) return await CreateAsync(key, owner, template, Math.Min(missing, Burst), cancellationToken);
        return missing < 0 ? await DeleteAsync(key, owner, active, Math.Min(-missing, Burst), cancellationToken) : null;
    }

    private async Task<Exception?> CreateAsync(ObjectKey key, T owner, V1PodTemplateSpec template, int count, CancellationToken cancellationToken)
    {
        expectations.ExpectCreations(key, count);
        var (succeeded, failure) = await SlowStart.RunAsync(count, async _ =>
        {
            try
            {
                await _control.CreateAsync(owner, PodControl.FromTemplate(owner, template), cancellationToken);
            }
            catch (ApiException e) when (ApiFailures.IsNamespaceTerminating(e))
            {
                // No pod will come; the owner goes with its namespace.
                expectations.CreationObserved(key);
            }
        });
        for (var i = succeeded; i < count; i++) expectations.CreationObserved(key);
        return failure;
    }

    private async Task<Exception?> DeleteAsync(ObjectKey key, T owner, List<V1Pod> active, int count, CancellationToken cancellationToken)
    {
        var chosen = DeletionOrder.Choose(active, Related(owner), count, time.GetUtcNow());
        expectations.ExpectDeletions(key, chosen.Select(p => p.Metadata.Uid));
        var deletions = chosen.Select(async pod =>
        {
            var deleted = false;
            try
            {
                deleted = await _control.DeleteAsync(owner, pod, cancellationToken);
            }
            finally
            {
                if (!deleted) expectations.DeletionObserved(key, pod.Metadata.Uid);
            }
        }).ToList();
        await Task.WhenAll(deletions).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return deletions.FirstOrDefault(d => d.IsFaulted)?.Exception?.InnerException;
    }

    /// <summary>The pods of all owners that the same controller has, such as the old and the new ReplicaSet of a Deployment.</summary>
    private IEnumerable<V1Pod> Related(T owner)
    {
        if (OwnerReferences.Controller(owner.Metadata) is not { } controller) return pods.ByIndex(Indexes.OwnerUid, owner.Metadata.Uid);
        return owners.ByIndex(Indexes.OwnerUid, controller.Uid).SelectMany(sibling => pods.ByIndex(Indexes.OwnerUid, sibling.Metadata.Uid));
    }
}
