using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Which daemon pods to create, on which nodes, and which to delete.</summary>
internal sealed class DaemonPlan
{
    public List<string> Create { get; } = [];

    public List<V1Pod> Delete { get; } = [];

    /// <summary>Those among the deleted that have ended, which is told.</summary>
    public List<(V1Pod Pod, string Node)> Ended { get; } = [];

    /// <summary>One pod on every node that should have one, none elsewhere.</summary>
    /// <param name="set">The set.</param>
    /// <param name="nodes">All nodes with the verdict on each.</param>
    /// <param name="byNode">The set's pods by the node they are on or meant for.</param>
    /// <param name="hash">The label of the present template.</param>
    /// <param name="mayRetry">Whether a failed pod on a node may be replaced already.</param>
    /// <param name="now">The time.</param>
    public static DaemonPlan Manage(
        V1DaemonSet set, IReadOnlyDictionary<string, DaemonPlacement> nodes, IReadOnlyDictionary<string, List<V1Pod>> byNode, string hash, Func<string, bool> mayRetry, DateTimeOffset now)
    {
        var plan = new DaemonPlan();
        foreach (var (node, placement) in nodes)
        {
            var pods = byNode.GetValueOrDefault(node) ?? [];
            if (pods.Count == 0)
            {
                if (placement.ShouldRun) plan.Create.Add(node);
            }
            else if (!placement.MayStay)
            {
                plan.Delete.AddRange(pods.Where(p => !PodStates.IsTerminating(p)));
            }
            else
            {
                plan.Keep(set, node, pods, hash, mayRetry, now);
            }
        }

        // The scheduler can never place those whose node is gone; bound ones are the business of pod garbage collection.
        plan.Delete.AddRange(byNode.Where(n => !nodes.ContainsKey(n.Key)).SelectMany(n => n.Value).Where(p => string.IsNullOrEmpty(p.Spec.NodeName) && !PodStates.IsTerminating(p)));
        return plan;
    }

    /// <summary>Replaces old pods by new ones, within what may be unavailable or beyond (rolling update).</summary>
    public static DaemonPlan Roll(V1DaemonSet set, IReadOnlyDictionary<string, DaemonPlacement> nodes, IReadOnlyDictionary<string, List<V1Pod>> byNode, string hash, DateTimeOffset now)
    {
        var wanted = nodes.Where(n => n.Value.ShouldRun).Select(n => n.Key).ToList();
        var rolling = set.Spec.UpdateStrategy.RollingUpdate;
        var surge = IntOrPercent.Scale(rolling?.MaxSurge?.Value, wanted.Count, up: true);
        var unavailable = IntOrPercent.Scale(rolling?.MaxUnavailable?.Value, wanted.Count, up: true);
        // Percentages of few nodes may both come to nothing, and then nothing would ever move.
        if (surge == 0 && unavailable == 0) unavailable = 1;
        var states = byNode.Keys.Union(wanted).Order(StringComparer.Ordinal).Select(n => NodeState.Of(set, n, byNode.GetValueOrDefault(n) ?? [], hash, now)).ToList();
        return surge > 0 ? Surge(states, surge) : Replace(states, unavailable);
    }

    private static DaemonPlan Replace(List<NodeState> states, int unavailable)
    {
        var plan = new DaemonPlan();
        var candidates = new List<V1Pod>();
        foreach (var state in states)
        {
            if (state is { IsClear: true, Old: { } old, New: null })
            {
                if (state.OldAvailable)
                {
                    candidates.Add(old);
                    continue;
                }

                // It is of no use anyway.
                plan.Delete.Add(old);
                unavailable--;
            }
            else if (state is not { IsClear: true, NewAvailable: true, Old: null })
            {
                // Nothing there, or nothing that works yet, or Manage has yet to sort it out.
                unavailable--;
            }
        }

        plan.Delete.AddRange(candidates.Take(Math.Max(0, unavailable)));
        return plan;
    }

    private static DaemonPlan Surge(List<NodeState> states, int surge)
    {
        var plan = new DaemonPlan();
        var candidates = new List<string>();
        foreach (var state in states)
        {
            if (!state.IsClear)
            {
                surge--;
            }
            else if (state is { Old: { } old, New: null })
            {
                if (state.OldAvailable) candidates.Add(state.Node);
                else plan.Create.Add(state.Node);
            }
            else if (state is { Old: { } replaced, New: not null })
            {
                if (state.NewAvailable) plan.Delete.Add(replaced);
                else surge--;
            }
        }

        plan.Create.AddRange(candidates.Take(Math.Max(0, surge)));
        return plan;
    }

    private void Keep(V1DaemonSet set, string node, List<V1Pod> pods, string hash, Func<string, bool> mayRetry, DateTimeOffset now)
    {
        var running = new List<V1Pod>();
        foreach (var pod in pods.Where(p => !PodStates.IsTerminating(p)))
        {
            if (!PodStates.IsOver(pod))
            {
                running.Add(pod);
            }
            else if (pod.Status.Phase == "Succeeded" || mayRetry(node))
            {
                Ended.Add((pod, node));
                Delete.Add(pod);
            }
        }

        if (running.Count <= 1) return;
        var ordered = running.OrderBy(p => p.Metadata.CreationTimestamp).ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal).ToList();
        if (IntOrPercent.Scale(set.Spec.UpdateStrategy?.RollingUpdate?.MaxSurge?.Value, 100, up: true) == 0)
        {
            Delete.AddRange(ordered.Skip(1));
            return;
        }

        // In the middle of a surge there is an old and a new one, until the new one is available.
        var current = ordered.FirstOrDefault(p => DaemonPods.IsUpdated(set, p, hash));
        var old = ordered.FirstOrDefault(p => !DaemonPods.IsUpdated(set, p, hash));
        var done = current is not null && PodStates.UntilAvailable(current, set.Spec.MinReadySeconds ?? 0, now) == TimeSpan.Zero;
        Delete.AddRange(ordered.Where(p => p != current && (p != old || done)));
    }

    /// <summary>What of the set is on a node. Not clear: several of a kind are, which <see cref="Manage"/> sorts out first.</summary>
    private sealed record NodeState(string Node, V1Pod? New, V1Pod? Old, bool NewAvailable, bool OldAvailable, bool IsClear)
    {
        public static NodeState Of(V1DaemonSet set, string node, List<V1Pod> pods, string hash, DateTimeOffset now)
        {
            bool Available(V1Pod? pod) => pod is not null && PodStates.UntilAvailable(pod, set.Spec.MinReadySeconds ?? 0, now) == TimeSpan.Zero;
            var alive = pods.Where(p => !PodStates.IsTerminating(p)).ToLookup(p => DaemonPods.IsUpdated(set, p, hash));
            var (current, old) = (alive[true].FirstOrDefault(), alive[false].FirstOrDefault());
            return new(node, current, old, Available(current), Available(old), alive[true].Count() <= 1 && alive[false].Count() <= 1);
        }
    }
}
