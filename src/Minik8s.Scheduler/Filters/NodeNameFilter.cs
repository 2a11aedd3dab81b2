using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>A pod that names its node goes nowhere else.</summary>
internal sealed class NodeNameFilter : IFilter
{
    public WakeUps WakeUps => WakeUps.Node;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        if (pod.Pod.Spec.NodeName is { Length: > 0 } name && name != node.Name) reasons.Add("node(s) didn't match the requested node name");
    }
}
