using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Images;
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
    StatusManager Status,
    IEventRecorder Events,
    TimeProvider Time);
