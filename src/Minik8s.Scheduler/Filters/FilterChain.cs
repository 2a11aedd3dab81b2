using System.Globalization;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>All filters in kube-scheduler's order. A node is judged by the first filter that rejects it.</summary>
internal sealed class FilterChain(IReadOnlyList<IFilter> filters)
{
    public static FilterChain Default { get; } = new(
        [new NodeUnschedulableFilter(), new NodeNameFilter(), new TaintFilter(), new NodeAffinityFilter(), new HostPortFilter(), new ResourceFilter()]);

    /// <summary>The nodes that can take the pod, or why none can.</summary>
    public FilterResult Run(PodInfo pod, IReadOnlyList<NodeInfo> nodes)
    {
        // Another wording of Kubernetes: there is nothing to count.
        if (nodes.Count == 0) return new([], "no nodes available to schedule pods", WakeUps.Node);
        var feasible = new List<NodeInfo>();
        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var wakeUps = WakeUps.None;
        var reasons = new List<string>();
        foreach (var node in nodes)
        {
            reasons.Clear();
            foreach (var filter in filters)
            {
                filter.Check(pod, node, reasons);
                if (reasons.Count == 0) continue;
                wakeUps |= filter.WakeUps;
                break;
            }

            if (reasons.Count == 0) feasible.Add(node);
            foreach (var reason in reasons) counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }

        if (feasible.Count > 0) return new(feasible, "", WakeUps.None);
        // The sentences are sorted with their numbers in front, as kube-scheduler sorts them.
        var sentences = counts.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Value} {c.Key}")).Order(StringComparer.Ordinal);
        return new([], string.Create(CultureInfo.InvariantCulture, $"0/{nodes.Count} nodes are available: {string.Join(", ", sentences)}."), wakeUps);
    }
}
