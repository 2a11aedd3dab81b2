using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>Brings a Deployment's ReplicaSets to its template and number, as fast as its strategy allows.</summary>
internal sealed class DeploymentReconciler(
    ILister<V1Deployment> deployments, ILister<V1ReplicaSet> replicaSets, ILister<V1Pod> pods, ResourceClient<V1Deployment> client, ResourceClient<V1ReplicaSet> replicaSetClient,
    IEventRecorder events, TimeProvider time)
{
    private readonly ClaimCollection<V1Deployment, V1ReplicaSet> _claims = new(client, replicaSetClient);

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (deployments.Get(key) is not { } deployment) return ReconcileResult.Done;
        var selector = ObjectSelector.From(deployment.Spec.Selector);
        if (selector.IsEverything)
        {
            events.Warning(deployment, "SelectingAll", "This deployment is selecting all pods. A non-empty selector is required.");
            return ReconcileResult.Done;
        }

        var candidates = replicaSets.ByIndex(Indexes.OwnerUid, deployment.Metadata.Uid).Concat(replicaSets.ByIndex(OwnerReferences.OrphanIndex, key.Namespace));
        var all = await _claims.ClaimAsync(deployment, selector, candidates, cancellationToken);
        var rollout = new Rollout(deployment, all, client, replicaSetClient, events, time);
        if (deployment.Metadata.DeletionTimestamp is not null)
        {
            await rollout.FindAsync(create: false, cancellationToken);
            return await rollout.WriteStatusAsync(cancellationToken);
        }

        await rollout.NotePauseAsync(cancellationToken);
        if (deployment.Spec.Paused == true || IsScaled(deployment, all)) return await ScaleAsync(rollout, deployment.Spec.Paused == true, cancellationToken);
        return RolloutLimits.IsRolling(deployment) ? await RollAsync(rollout, cancellationToken) : await RecreateAsync(rollout, deployment, cancellationToken);
    }

    /// <summary>Whether the number of replicas changed since the ReplicaSets were last sized.</summary>
    private static bool IsScaled(V1Deployment deployment, IEnumerable<V1ReplicaSet> all) => all.Any(rs =>
        ScalePlan.Size(rs) > 0 && RevisionAnnotations.Number(rs.Metadata, RevisionAnnotations.DesiredReplicas) is { } desired && desired != RolloutLimits.Replicas(deployment));

    private static async Task<ReconcileResult> ScaleAsync(Rollout rollout, bool paused, CancellationToken cancellationToken)
    {
        await rollout.FindAsync(create: false, cancellationToken);
        await rollout.ScaleProportionallyAsync(cancellationToken);
        if (paused) await rollout.CleanUpAsync(cancellationToken);
        return await rollout.WriteStatusAsync(cancellationToken);
    }

    private static async Task<ReconcileResult> RollAsync(Rollout rollout, CancellationToken cancellationToken)
    {
        await rollout.FindAsync(create: true, cancellationToken);
        if (!await rollout.GrowNewAsync(cancellationToken) && !await rollout.ShrinkOldAsync(cancellationToken) && rollout.IsComplete) await rollout.CleanUpAsync(cancellationToken);
        return await rollout.WriteRolloutStatusAsync(cancellationToken);
    }

    private async Task<ReconcileResult> RecreateAsync(Rollout rollout, V1Deployment deployment, CancellationToken cancellationToken)
    {
        await rollout.FindAsync(create: false, cancellationToken);
        if (await rollout.StopOldAsync(cancellationToken) || OldPodsRun(deployment, rollout)) return await rollout.WriteRolloutStatusAsync(cancellationToken);
        await rollout.FindAsync(create: true, cancellationToken);
        await rollout.GrowNewAsync(cancellationToken);
        if (rollout.IsComplete) await rollout.CleanUpAsync(cancellationToken);
        return await rollout.WriteRolloutStatusAsync(cancellationToken);
    }

    /// <summary>Also pods that are on their way out, and those of a node that is out of reach, may still run.</summary>
    private bool OldPodsRun(V1Deployment deployment, Rollout rollout) =>
        rollout.Old.Any(rs => (rs.Status?.Replicas ?? 0) > 0)
        || rollout.Old.SelectMany(rs => pods.ByIndex(Indexes.OwnerUid, rs.Metadata.Uid)).Any(p => !PodStates.IsOver(p) && p.Metadata.NamespaceProperty == deployment.Metadata.NamespaceProperty);
}
