using Minik8s.ControlLoop;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>The pod's nodeSelector and its required node affinity: both must match the node's labels.</summary>
internal sealed class NodeAffinityFilter : IFilter
{
    public WakeUps WakeUps => WakeUps.Node;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        if (!NodeSelection.Matches(pod.Pod.Spec, node.Node)) reasons.Add("node(s) didn't match Pod's node affinity/selector");
    }
}
