using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>A pod that looks for a node, with what filters ask of it worked out once.</summary>
internal sealed class PodInfo(V1Pod pod)
{
    public V1Pod Pod { get; } = pod;

    public ObjectKey Key { get; } = ObjectKey.Of(pod);

    public string Uid => Placed.Uid;

    /// <summary>What it will take of its node.</summary>
    public PlacedPod Placed { get; } = new(pod);
}
