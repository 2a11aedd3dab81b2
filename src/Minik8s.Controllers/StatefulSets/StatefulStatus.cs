using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>Works the status of a StatefulSet out from its pods.</summary>
internal static class StatefulStatus
{
    public static V1StatefulSetStatus Make(V1StatefulSet set, IReadOnlyList<V1Pod> pods, string current, string update, DateTimeOffset now)
    {
        var alive = pods.Where(p => !PodStates.IsTerminating(p) && !string.IsNullOrEmpty(p.Status?.Phase)).ToList();
        var running = pods.Where(p => p.Status?.Phase == "Running" && PodStates.IsReady(p)).ToList();
        var status = new V1StatefulSetStatus
        {
            ObservedGeneration = set.Metadata.Generation,
            Replicas = pods.Count(p => !string.IsNullOrEmpty(p.Status?.Phase)),
            ReadyReplicas = running.Count,
            AvailableReplicas = running.Count(p => PodStates.UntilAvailable(p, set.Spec.MinReadySeconds ?? 0, now) == TimeSpan.Zero),
            CurrentReplicas = alive.Count(p => StatefulPods.Revision(p) == current),
            UpdatedReplicas = alive.Count(p => StatefulPods.Revision(p) == update),
            CurrentRevision = current,
            UpdateRevision = update,
            CollisionCount = set.Status?.CollisionCount ?? 0,
            Conditions = set.Status?.Conditions,
        };
        var rolling = set.Spec.UpdateStrategy?.Type != "OnDelete";
        if (rolling && status.UpdatedReplicas == StatefulPods.Replicas(set) && status.ReadyReplicas == StatefulPods.Replicas(set) && status.Replicas == StatefulPods.Replicas(set))
        {
            // The rollout is done: what was new is the present now.
            status.CurrentReplicas = status.UpdatedReplicas;
            status.CurrentRevision = update;
        }

        return status;
    }

    public static bool Same(V1StatefulSetStatus? a, V1StatefulSetStatus b) =>
        a is not null && a.ObservedGeneration == b.ObservedGeneration && a.Replicas == b.Replicas && (a.ReadyReplicas ?? 0) == (b.ReadyReplicas ?? 0)
        && (a.AvailableReplicas ?? 0) == (b.AvailableReplicas ?? 0) && (a.CurrentReplicas ?? 0) == (b.CurrentReplicas ?? 0) && (a.UpdatedReplicas ?? 0) == (b.UpdatedReplicas ?? 0)
        && a.CurrentRevision == b.CurrentRevision && a.UpdateRevision == b.UpdateRevision && (a.CollisionCount ?? 0) == (b.CollisionCount ?? 0);
}
