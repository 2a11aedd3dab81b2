using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>What the pod requests must be left of what the node offers, and the node must take one pod more.</summary>
internal sealed class ResourceFilter : IFilter
{
    public WakeUps WakeUps => WakeUps.Node | WakeUps.PodRemoved;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        if (node.Pods.Count + 1 > node.Allocatable[ResourceAmounts.Pods]) reasons.Add("Too many pods");
        foreach (var (resource, amount) in pod.Placed.Requests.All)
        {
            if (amount > 0 && amount > node.Allocatable[resource] - node.Requested[resource]) reasons.Add($"Insufficient {resource}");
        }
    }
}
