using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Strategies;

/// <summary>
/// At random among equally spread nodes: first those that have the fewest pods of the same controller, so that a replica set does not gather on one
/// node by chance; a pod made by hand counts no siblings and goes anywhere.
/// </summary>
internal sealed class RandomStrategy(Random random) : IStrategy
{
    public string Name => "random";

    public NodeInfo Choose(PodInfo pod, IReadOnlyList<NodeInfo> feasible)
    {
        if (feasible.Count == 1) return feasible[0];
        if (pod.Placed.OwnerUid is not { } owner) return feasible[random.Next(feasible.Count)];
        var fewest = int.MaxValue;
        var best = new List<NodeInfo>();
        foreach (var node in feasible)
        {
            var siblings = node.Pods.Count(p => p.OwnerUid == owner);
            if (siblings > fewest) continue;
            if (siblings < fewest) best.Clear();
            fewest = siblings;
            best.Add(node);
        }

        return best[random.Next(best.Count)];
    }
}
