using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>A node at one moment, with the pods on it. Immutable, so that a scheduling round sees one state throughout.</summary>
internal sealed record NodeInfo(V1Node Node, ResourceAmounts Allocatable, ResourceAmounts Requested, IReadOnlyList<PlacedPod> Pods)
{
    public string Name => Node.Metadata.Name;
}
