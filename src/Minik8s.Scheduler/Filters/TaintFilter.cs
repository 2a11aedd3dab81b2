using Minik8s.ControlLoop;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>A node's taints keep away the pods that do not tolerate them.</summary>
internal sealed class TaintFilter : IFilter
{
    public WakeUps WakeUps => WakeUps.Node;

    public void Check(PodInfo pod, NodeInfo node, List<string> reasons)
    {
        foreach (var taint in node.Node.Spec?.Taints ?? [])
        {
            if (taint.Effect is not ("NoSchedule" or "NoExecute") || Tolerations.Tolerate(pod.Pod.Spec.Tolerations, taint)) continue;
            reasons.Add("node(s) had untolerated taint(s)");
            return;
        }
    }
}
