using k8s.Models;

namespace Minik8s.Kubelet.Probes;

/// <summary>One run of a container, as a probe reaches it.</summary>
/// <param name="Pod">The pod in its newest form.</param>
/// <param name="Container">The container.</param>
/// <param name="ContainerId">The runtime's id of this run.</param>
/// <param name="PodIp">The pod's address.</param>
internal sealed record ProbeTarget(V1Pod Pod, V1Container Container, string ContainerId, string PodIp);
