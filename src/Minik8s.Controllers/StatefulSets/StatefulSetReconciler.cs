using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>Keeps the pods of a StatefulSet, each with its name and storage.</summary>
internal sealed class StatefulSetReconciler(
    ILister<V1StatefulSet> sets, ILister<V1Pod> pods, ILister<V1PersistentVolumeClaim> claims, ILister<V1ControllerRevision> revisions, KubeClient client, IEventRecorder events, TimeProvider time)
{
    private readonly ResourceClient<V1StatefulSet> _sets = client.Resource<V1StatefulSet>();
    private readonly ResourceClient<V1Pod> _pods = client.Resource<V1Pod>();
    private readonly ResourceClient<V1PersistentVolumeClaim> _claimClient = client.Resource<V1PersistentVolumeClaim>();
    private readonly ClaimCollection<V1StatefulSet, V1Pod> _owned = new(client.Resource<V1StatefulSet>(), client.Resource<V1Pod>());

    private readonly RevisionHistory<V1StatefulSet> _history = new(
        client.Resource<V1StatefulSet>(), client.Resource<V1ControllerRevision>(), "controller.kubernetes.io/hash");

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (sets.Get(key) is not { } set) return ReconcileResult.Done;
        var selector = ObjectSelector.From(set.Spec.Selector);
        var history = await _history.ClaimAsync(set, selector, Candidates(revisions, set), cancellationToken);
        if (await _history.EnsureAsync(set, set.Spec.Template, set.Status?.CollisionCount, history, cancellationToken) is not { } update)
        {
            var collided = (set.Status ?? new V1StatefulSetStatus()) with { CollisionCount = (set.Status?.CollisionCount ?? 0) + 1 };
            await _sets.UpdateStatusAsync(set with { Status = collided }, cancellationToken);
            return ReconcileResult.Again;
        }

        var current = history.FirstOrDefault(r => r.Metadata.Name == set.Status?.CurrentRevision) ?? update;
        // Names are not generated here: one that belongs to somebody else is no pod of the set, whatever its labels say.
        var owned = await _owned.ClaimAsync(set, selector, Candidates(pods, set).Where(p => StatefulPods.Ordinal(set, p) is not null), cancellationToken);
        if (set.Metadata.DeletionTimestamp is null)
        {
            foreach (var step in new StatefulPlan(set, owned, current.Metadata.Name, update.Metadata.Name, time.GetUtcNow()).Make()) await CarryOutAsync(set, step, current, update, cancellationToken);
            await RetainAsync(set, owned, cancellationToken);
        }

        var status = StatefulStatus.Make(set, owned, current.Metadata.Name, update.Metadata.Name, time.GetUtcNow());
        if (!StatefulStatus.Same(set.Status, status)) await _sets.UpdateStatusAsync(set with { Status = status }, cancellationToken);
        var live = owned.Select(StatefulPods.Revision).Append(status.CurrentRevision).ToHashSet();
        var old = history.Where(r => r.Metadata.Name != update.Metadata.Name && !live.Contains(r.Metadata.Name));
        await _history.CleanUpAsync(old, new HashSet<string>(), set.Spec.RevisionHistoryLimit ?? 10, cancellationToken);
        var next = owned.Select(p => PodStates.UntilAvailable(p, set.Spec.MinReadySeconds ?? 0, time.GetUtcNow())).Where(left => left > TimeSpan.Zero).Min();
        return next is { } wait ? ReconcileResult.After(wait) : ReconcileResult.Done;
    }

    private static IEnumerable<T> Candidates<T>(ILister<T> lister, V1StatefulSet set)
        where T : class, k8s.IKubernetesObject<V1ObjectMeta> =>
        lister.ByIndex(Indexes.OwnerUid, set.Metadata.Uid).Concat(lister.ByIndex(OwnerReferences.OrphanIndex, set.Metadata.NamespaceProperty));

    private async Task CarryOutAsync(V1StatefulSet set, StatefulStep step, V1ControllerRevision current, V1ControllerRevision update, CancellationToken cancellationToken)
    {
        switch (step.Action)
        {
            case StatefulAction.Create:
                await ClaimAsync(set, step.Ordinal, cancellationToken);
                await CreateAsync(set, step.Ordinal, step.Revision == update.Metadata.Name ? update : current, cancellationToken);
                break;
            case StatefulAction.Recreate:
                events.Warning(set, "RecreatingFailedPod", $"StatefulSet {ObjectKey.Of(set)} is recreating {(step.Pod!.Status.Phase == "Failed" ? "failed" : "terminated")} Pod {step.Pod.Metadata.Name}");
                await DeleteAsync(set, step.Pod, cancellationToken);
                break;
            case StatefulAction.Delete:
                await DeleteAsync(set, step.Pod!, cancellationToken);
                break;
            case StatefulAction.Claim:
                await ClaimAsync(set, step.Ordinal, cancellationToken);
                break;
            case StatefulAction.Restore:
                var labels = ModelJson.ToNode(new V1ObjectMeta { Labels = StatefulPods.Labels(null, step.Pod!.Metadata.Name, step.Ordinal) });
                labels["uid"] = step.Pod.Metadata.Uid;
                await _pods.PatchAsync(step.Pod.Metadata.Name, step.Pod.Metadata.NamespaceProperty, PatchKind.Merge, KubeJson.Bytes(new JsonObject { ["metadata"] = labels }), null, cancellationToken);
                break;
        }
    }

    private async Task CreateAsync(V1StatefulSet set, int ordinal, V1ControllerRevision revision, CancellationToken cancellationToken)
    {
        var pod = StatefulPods.Make(set, RevisionHistory<V1StatefulSet>.Template(revision), revision.Metadata.Name, ordinal);
        try
        {
            await _pods.CreateAsync(pod, cancellationToken);
            events.Normal(set, "SuccessfulCreate", $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }
        catch (ApiException e) when (e.IsAlreadyExists || ApiFailures.IsNamespaceTerminating(e))
        {
            // The cache does not show it yet, or the set goes with its namespace.
            if (!e.IsAlreadyExists) return;
            var present = await _pods.FindAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, cancellationToken);
            if (present is not null && OwnerReferences.Controller(present.Metadata)?.Uid != set.Metadata.Uid) throw;
        }
        catch (ApiException e)
        {
            events.Warning(set, "FailedCreate", $"create Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} failed error: {e.Message}");
            throw;
        }
    }

    private async Task ClaimAsync(V1StatefulSet set, int ordinal, CancellationToken cancellationToken)
    {
        foreach (var claim in StatefulPods.Claims(set, ordinal))
        {
            if (claims.Get(ObjectKey.Of(claim)) is not null) continue;
            try
            {
                await _claimClient.CreateAsync(claim, cancellationToken);
                events.Normal(set, "SuccessfulCreate", $"create Claim {claim.Metadata.Name} Pod {StatefulPods.Name(set, ordinal)} in StatefulSet {set.Metadata.Name} success");
            }
            catch (ApiException e) when (e.IsAlreadyExists)
            {
                // Left by a former pod of the ordinal: that is what it is for.
            }
            catch (ApiException e)
            {
                events.Warning(set, "FailedCreate", $"create Claim {claim.Metadata.Name} for Pod {StatefulPods.Name(set, ordinal)} in StatefulSet {set.Metadata.Name} failed error: {e.Message}");
                throw;
            }
        }
    }

    private async Task DeleteAsync(V1StatefulSet set, V1Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            await _pods.DeleteAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, new DeleteOptions { Uid = pod.Metadata.Uid }, cancellationToken);
            events.Normal(set, "SuccessfulDelete", $"delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} successful");
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another of the same name by now.
        }
        catch (ApiException e)
        {
            events.Warning(set, "FailedDelete", $"delete Pod {pod.Metadata.Name} in StatefulSet {set.Metadata.Name} failed error: {e.Message}");
            throw;
        }
    }

    private async Task RetainAsync(V1StatefulSet set, IReadOnlyList<V1Pod> owned, CancellationToken cancellationToken)
    {
        foreach (var template in set.Spec.VolumeClaimTemplates ?? [])
        {
            foreach (var pod in owned)
            {
                var ordinal = StatefulPods.Ordinal(set, pod)!.Value;
                if (claims.Get(new ObjectKey(set.Metadata.NamespaceProperty, StatefulPods.ClaimName(set, template, ordinal))) is not { } claim) continue;
                var condemned = ordinal < StatefulPods.Start(set) || ordinal >= StatefulPods.Start(set) + StatefulPods.Replicas(set);
                if (ClaimRetention.Owners(set, claim, pod, condemned) is not { } ownersWanted) continue;
                await _claimClient.UpdateAsync(claim with { Metadata = claim.Metadata with { OwnerReferences = ownersWanted } }, cancellationToken);
            }
        }
    }
}
