using System.Runtime.ExceptionServices;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Keeps one pod of a DaemonSet on every node that is one of its own, and rolls its template out over them.</summary>
internal sealed class DaemonSetReconciler(
    ILister<V1DaemonSet> sets, ILister<V1Pod> pods, ILister<V1Node> nodes, ILister<V1ControllerRevision> revisions, ResourceClient<V1DaemonSet> client, ResourceClient<V1Pod> podClient,
    ResourceClient<V1ControllerRevision> revisionClient, IEventRecorder events, Expectations expectations, TimeProvider time)
{
    /// <summary>The most pods that one pass creates or deletes.</summary>
    public const int Burst = 250;

    private readonly PodControl _control = new(podClient, events);
    private readonly ClaimCollection<V1DaemonSet, V1Pod> _claims = new(client, podClient);
    private readonly RevisionHistory<V1DaemonSet> _history = new(client, revisionClient, DaemonPods.HashLabel);
    private readonly FailedDaemons _failed = new(time);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (sets.Get(key) is not { } set)
        {
            expectations.Forget(key);
            _failed.Forget(key);
            return ReconcileResult.Done;
        }

        var selector = ObjectSelector.From(set.Spec.Selector);
        if (selector.IsEverything)
        {
            events.Warning(set, "SelectingAll", "This daemon set is selecting all pods. A non-empty selector is required.");
            return ReconcileResult.Done;
        }

        if (set.Metadata.DeletionTimestamp is not null) return ReconcileResult.Done;
        var current = expectations.AreMet(key);
        var history = await _history.ClaimAsync(set, selector, Candidates(revisions, set), cancellationToken);
        if (await _history.EnsureAsync(set, set.Spec.Template, set.Status?.CollisionCount, history, cancellationToken) is not { } revision)
        {
            await CountCollisionAsync(set, cancellationToken);
            return ReconcileResult.Again;
        }

        var hash = _history.Hash(revision);
        var placements = nodes.List().ToDictionary(n => n.Metadata.Name, n => DaemonPlacement.Of(set, n));
        var claimed = await _claims.ClaimAsync(set, selector, Candidates(pods, set), cancellationToken);
        var byNode = ByNode(claimed);
        Exception? failure = null;
        if (current)
        {
            failure = await ActAsync(key, set, placements, byNode, hash, cancellationToken);
            var live = claimed.Select(p => p.Metadata.Labels is { } labels && labels.TryGetValue(DaemonPods.HashLabel, out var own) ? own : "").ToHashSet();
            if (failure is null) await _history.CleanUpAsync(history.Where(r => r.Metadata.Uid != revision.Metadata.Uid), live, set.Spec.RevisionHistoryLimit ?? 10, cancellationToken);
        }

        await WriteStatusAsync(set, DaemonStatus.Make(set, placements, byNode, hash, current ? set.Metadata.Generation : null, time.GetUtcNow()), cancellationToken);
        if (failure is not null) ExceptionDispatchInfo.Throw(failure);
        return Next(key, set, claimed);
    }

    private static IEnumerable<T> Candidates<T>(ILister<T> lister, V1DaemonSet set)
        where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        lister.ByIndex(Indexes.OwnerUid, set.Metadata.Uid).Concat(lister.ByIndex(OwnerReferences.OrphanIndex, set.Metadata.NamespaceProperty));

    private static Dictionary<string, List<V1Pod>> ByNode(IEnumerable<V1Pod> claimed) => claimed
        // One that has ended and is being removed takes no place any more.
        .Where(p => !(PodStates.IsOver(p) && PodStates.IsTerminating(p)))
        .Select(p => (Pod: p, Node: DaemonPods.TargetNode(p))).Where(p => p.Node is not null)
        .GroupBy(p => p.Node!).ToDictionary(g => g.Key, g => g.Select(p => p.Pod).ToList());

    private async Task<Exception?> ActAsync(
        ObjectKey key, V1DaemonSet set, Dictionary<string, DaemonPlacement> placements, Dictionary<string, List<V1Pod>> byNode, string hash, CancellationToken cancellationToken)
    {
        var plan = DaemonPlan.Manage(set, placements, byNode, hash, node => _failed.MayRetry(key, node), time.GetUtcNow());
        foreach (var (pod, node) in plan.Ended)
        {
            if (pod.Status.Phase == "Failed") events.Warning(set, "FailedDaemonPod", $"Found failed daemon pod {ObjectKey.Of(pod)} on node {node}, will try to kill it");
            else events.Normal(set, "SucceededDaemonPod", $"Found succeeded daemon pod {ObjectKey.Of(pod)} on node {node}, will try to delete it");
        }

        var failure = await CarryOutAsync(key, set, plan, hash, cancellationToken);
        if (failure is not null || set.Spec.UpdateStrategy?.Type != "RollingUpdate" || !expectations.AreMet(key)) return failure;
        return await CarryOutAsync(key, set, DaemonPlan.Roll(set, placements, byNode, hash, time.GetUtcNow()), hash, cancellationToken);
    }

    private async Task<Exception?> CarryOutAsync(ObjectKey key, V1DaemonSet set, DaemonPlan plan, string hash, CancellationToken cancellationToken)
    {
        var create = plan.Create.Take(Burst).ToList();
        var delete = plan.Delete.Take(Burst).ToList();
        if (create.Count + delete.Count == 0) return null;
        expectations.Expect(key, create.Count, delete.Select(p => p.Metadata.Uid));
        var (succeeded, failure) = await SlowStart.RunAsync(create.Count, async i =>
        {
            try
            {
                await _control.CreateAsync(set, DaemonPods.Make(set, create[i], hash), cancellationToken);
            }
            catch (ApiException e) when (ApiFailures.IsNamespaceTerminating(e))
            {
                // No pod will come; the set goes with its namespace.
                expectations.CreationObserved(key);
            }
        });
        for (var i = succeeded; i < create.Count; i++) expectations.CreationObserved(key);
        foreach (var pod in delete)
        {
            var deleted = false;
            try
            {
                deleted = await _control.DeleteAsync(set, pod, cancellationToken);
            }
            catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
            {
                failure ??= e;
            }
            finally
            {
                if (!deleted) expectations.DeletionObserved(key, pod.Metadata.Uid);
            }
        }

        return failure;
    }

    private async Task WriteStatusAsync(V1DaemonSet set, V1DaemonSetStatus status, CancellationToken cancellationToken)
    {
        if (!DaemonStatus.Same(set.Status, status)) await client.UpdateStatusAsync(set with { Status = status }, cancellationToken);
    }

    private Task CountCollisionAsync(V1DaemonSet set, CancellationToken cancellationToken)
    {
        var status = (set.Status ?? new V1DaemonSetStatus()) with { CollisionCount = (set.Status?.CollisionCount ?? 0) + 1 };
        return client.UpdateStatusAsync(set with { Status = status }, cancellationToken);
    }

    private ReconcileResult Next(ObjectKey key, V1DaemonSet set, IEnumerable<V1Pod> claimed)
    {
        var now = time.GetUtcNow();
        var available = claimed.Select(p => PodStates.UntilAvailable(p, set.Spec.MinReadySeconds ?? 0, now)).Where(left => left > TimeSpan.Zero).Min();
        var retry = _failed.NextRetry(key);
        return (available, retry) switch
        {
            (null, null) => ReconcileResult.Done,
            ({ } a, { } b) => ReconcileResult.After(a < b ? a : b),
            _ => ReconcileResult.After((available ?? retry)!.Value),
        };
    }
}
