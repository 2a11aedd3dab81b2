using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>
/// What to do next, so that the pods come up in order, go in reverse order, and are replaced from the last to the first. With parallel management order counts for updates
/// alone. Pure: pods in, steps out.
/// </summary>
internal sealed class StatefulPlan(V1StatefulSet set, IReadOnlyList<V1Pod> pods, string current, string update, DateTimeOffset now)
{
    private readonly Dictionary<int, V1Pod> _pods = pods.Select(p => (Pod: p, Ordinal: StatefulPods.Ordinal(set, p))).Where(p => p.Ordinal is not null)
        .GroupBy(p => p.Ordinal!.Value).ToDictionary(g => g.Key, g => g.First().Pod);

    private readonly int _start = StatefulPods.Start(set);
    private readonly int _end = StatefulPods.Start(set) + StatefulPods.Replicas(set);
    private readonly bool _ordered = !StatefulPods.IsParallel(set);

    public List<StatefulStep> Make()
    {
        var steps = new List<StatefulStep>();
        var settled = true;
        for (var ordinal = _start; ordinal < _end; ordinal++)
        {
            if (Settle(ordinal, steps)) continue;
            settled = false;
            if (_ordered) return steps;
        }

        var condemned = _pods.Where(p => p.Key < _start || p.Key >= _end).OrderByDescending(p => p.Key).ToList();
        var firstUnhealthy = _pods.OrderBy(p => p.Key).FirstOrDefault(p => !IsAvailable(p.Value)).Value;
        foreach (var (ordinal, pod) in condemned)
        {
            settled = false;
            // One that does not work holds the others up, unless it is the one to go.
            var waits = PodStates.IsTerminating(pod) || (_ordered && !IsAvailable(pod) && pod != firstUnhealthy);
            if (!waits) steps.Add(new(StatefulAction.Delete, ordinal, pod));
            if (_ordered) return steps;
        }

        if (settled || !_ordered) AddUpdates(steps);
        return steps;
    }

    /// <returns>Whether the ordinal is as it should be, so that the next may follow.</returns>
    private bool Settle(int ordinal, List<StatefulStep> steps)
    {
        if (!_pods.TryGetValue(ordinal, out var pod))
        {
            steps.Add(new(StatefulAction.Create, ordinal, null, NeedsCurrent(ordinal) ? current : update));
            return false;
        }

        if (PodStates.IsOver(pod))
        {
            if (!PodStates.IsTerminating(pod)) steps.Add(new(StatefulAction.Recreate, ordinal, pod));
            return false;
        }

        if (PodStates.IsTerminating(pod)) return false;
        if (pod.Status?.Phase is null or "Pending") steps.Add(new(StatefulAction.Claim, ordinal, pod));
        if (!StatefulPods.HasIdentity(pod, ordinal)) steps.Add(new(StatefulAction.Restore, ordinal, pod));
        return IsAvailable(pod) || !_ordered;
    }

    private void AddUpdates(List<StatefulStep> steps)
    {
        if (set.Spec.UpdateStrategy?.Type == "OnDelete") return;
        var room = MaxUnavailable() - Enumerable.Range(_start, _end - _start).Count(o => !_pods.TryGetValue(o, out var pod) || !IsAvailable(pod));
        for (var ordinal = _end - 1; ordinal >= _start + Partition(); ordinal--)
        {
            if (!_pods.TryGetValue(ordinal, out var pod)) return;
            if (StatefulPods.Revision(pod) == update || PodStates.IsTerminating(pod))
            {
                // The next waits until this one works.
                if (!IsAvailable(pod) && room <= 0) return;
                continue;
            }

            // One of the old that does not work takes nothing away when it goes.
            if (IsAvailable(pod) && room-- <= 0) return;
            steps.Add(new(StatefulAction.Delete, ordinal, pod));
        }
    }

    private int MaxUnavailable() => Math.Max(1, IntOrPercent.Scale(set.Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable?.Value ?? "1", _end - _start, up: true));

    private int Partition() => set.Spec.UpdateStrategy?.RollingUpdate?.Partition ?? 0;

    /// <summary>Whether a missing pod is made of the former template: the rollout has not come to it.</summary>
    private bool NeedsCurrent(int ordinal)
    {
        if (set.Spec.UpdateStrategy?.Type == "OnDelete") return false;
        return set.Spec.UpdateStrategy?.RollingUpdate is { Partition: { } partition } ? ordinal < _start + partition : ordinal < _start + (set.Status?.CurrentReplicas ?? 0);
    }

    private bool IsAvailable(V1Pod pod) =>
        pod.Status?.Phase == "Running" && !PodStates.IsTerminating(pod) && PodStates.UntilAvailable(pod, set.Spec.MinReadySeconds ?? 0, now) == TimeSpan.Zero;
}
