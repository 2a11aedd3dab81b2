using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>A cordoned node takes only pods that tolerate it.</summary>
internal sealed class NodeUnschedulableFilter : IFilter
{
    private static readonly V1Taint Cordon = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };

    public WakeUps WakeUps => WakeUps.Node;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        if (node.Node.Spec?.Unschedulable == true && !Tolerations.Tolerate(pod.Pod.Spec.Tolerations, Cordon)) reasons.Add("node(s) were unschedulable");
    }
}
