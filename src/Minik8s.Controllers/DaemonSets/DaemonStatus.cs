using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Works the status of a DaemonSet out from its nodes and pods.</summary>
internal static class DaemonStatus
{
    /// <param name="set">The set.</param>
    /// <param name="nodes">All nodes with the verdict on each.</param>
    /// <param name="byNode">The set's pods by node.</param>
    /// <param name="hash">The label of the present template.</param>
    /// <param name="observed">The generation that was acted upon; null: none was, the former stays.</param>
    /// <param name="now">The time.</param>
    public static V1DaemonSetStatus Make(
        V1DaemonSet set, IReadOnlyDictionary<string, DaemonPlacement> nodes, IReadOnlyDictionary<string, List<V1Pod>> byNode, string hash, long? observed, DateTimeOffset now)
    {
        int desired = 0, current = 0, misscheduled = 0, ready = 0, updated = 0, available = 0;
        foreach (var (node, placement) in nodes)
        {
            var pod = (byNode.GetValueOrDefault(node) ?? []).OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal).FirstOrDefault();
            if (!placement.ShouldRun)
            {
                if (pod is not null) misscheduled++;
                continue;
            }

            desired++;
            if (pod is null) continue;
            current++;
            if (PodStates.IsReady(pod)) ready++;
            if (PodStates.UntilAvailable(pod, set.Spec.MinReadySeconds ?? 0, now) == TimeSpan.Zero) available++;
            if (DaemonPods.IsUpdated(set, pod, hash)) updated++;
        }

        return new V1DaemonSetStatus
        {
            DesiredNumberScheduled = desired,
            CurrentNumberScheduled = current,
            NumberMisscheduled = misscheduled,
            NumberReady = ready,
            UpdatedNumberScheduled = Count(updated),
            NumberAvailable = Count(available),
            NumberUnavailable = Count(desired - available),
            ObservedGeneration = observed ?? set.Status?.ObservedGeneration,
            CollisionCount = set.Status?.CollisionCount,
            Conditions = set.Status?.Conditions,
        };
    }

    public static bool Same(V1DaemonSetStatus? a, V1DaemonSetStatus b) =>
        a is not null && a.DesiredNumberScheduled == b.DesiredNumberScheduled && a.CurrentNumberScheduled == b.CurrentNumberScheduled && a.NumberMisscheduled == b.NumberMisscheduled
        && a.NumberReady == b.NumberReady && (a.UpdatedNumberScheduled ?? 0) == (b.UpdatedNumberScheduled ?? 0) && (a.NumberAvailable ?? 0) == (b.NumberAvailable ?? 0)
        && (a.NumberUnavailable ?? 0) == (b.NumberUnavailable ?? 0) && a.ObservedGeneration == b.ObservedGeneration && a.CollisionCount == b.CollisionCount;

    private static int? Count(int number) => number == 0 ? null : number;
}
