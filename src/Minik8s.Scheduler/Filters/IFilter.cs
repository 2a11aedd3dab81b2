using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <summary>One condition that a node must meet to take a pod.</summary>
internal interface IFilter
{
    /// <summary>What may change to make this filter's verdict another one.</summary>
    WakeUps WakeUps { get; }

    /// <summary>Adds why the node cannot take the pod, in kube-scheduler's words; nothing when it can.</summary>
    void Check(PodInfo pod, NodeInfo node, List<string> reasons);
}
