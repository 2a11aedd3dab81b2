using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Strategies;

/// <summary>Chooses among the nodes that can take a pod.</summary>
internal interface IStrategy
{
    /// <summary>The name in the configuration.</summary>
    string Name { get; }

    /// <param name="pod">The pod to place.</param>
    /// <param name="feasible">At least one node.</param>
    NodeInfo Choose(PodInfo pod, IReadOnlyList<NodeInfo> feasible);
}
