using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cgroups;
using Minik8s.Kubelet.Images;
using Minik8s.Kubelet.Network;
using Minik8s.Kubelet.Probes;
using Minik8s.Kubelet.Runtime;
using Minik8s.Kubelet.Seams;
using Minik8s.Kubelet.Status;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>What a pod worker works with.</summary>
internal sealed record PodServices(
    KubeletOptions Options,
    KubeClient Client,
    ContainerRuntime Runtime,
    ImagePuller Images,
    IVolumeManager Volumes,
    IEnvironmentResolver Environment,
    HostPorts HostPorts,
    PodCgroups Cgroups,
    StatusManager Status,
    ProbeManager Probes,
    IEventRecorder Events,
    TimeProvider Time)
{
    /// <summary>Takes away everything that a pod holds on this node.</summary>
    public async Task RemoveAsync(PodView view, CancellationToken cancellationToken)
    {
        Probes.Forget(view.Uid);
        await HostPorts.RemoveAsync(view.Uid, cancellationToken);
        await Runtime.RemovePodAsync(view, cancellationToken);
        await Volumes.UnmountAsync(view.Uid, cancellationToken);
        Cgroups.Remove(view.Uid);
        Images.Forget(view.Uid);
    }
}
