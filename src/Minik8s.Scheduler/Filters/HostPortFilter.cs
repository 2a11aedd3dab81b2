using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>The host ports a pod asks for must be free.</summary>
internal sealed class HostPortFilter : IFilter
{
    public WakeUps WakeUps => WakeUps.Node | WakeUps.PodRemoved;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        if (pod.Placed.Ports.Count > 0 && node.Pods.Any(other => other.Ports.Any(taken => pod.Placed.Ports.Any(p => p.Conflicts(taken)))))
        {
            reasons.Add("node(s) didn't have free ports for the requested pod ports");
        }
    }
}
