using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>What a pod takes of its node. The pod itself is not kept: the informer has it already.</summary>
internal sealed class PlacedPod(V1Pod pod)
{
    public string Uid { get; } = pod.Metadata.Uid;

    public ResourceAmounts Requests { get; } = PodRequests.Of(pod.Spec);

    public IReadOnlyList<HostPort> Ports { get; } = HostPort.Of(pod.Spec);

    /// <summary>The uid of the controller that made it; null for a pod made by hand.</summary>
    public string? OwnerUid { get; } = pod.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true)?.Uid;
}
