using k8s.Models;

namespace Minik8s.Kubelet.Seams;

/// <summary>Makes a pod's volumes on the host and takes them away again.</summary>
internal interface IVolumeManager
{
    /// <summary>Makes the pod's volumes, or brings them up to date; returns the host path of each by name.</summary>
    /// <exception cref="PodSetupException">A volume cannot be made yet.</exception>
    Task<IReadOnlyDictionary<string, string>> MountAsync(V1Pod pod, CancellationToken cancellationToken);

    /// <summary>The mounts of one container: its volumes, /etc/hosts and the termination message file.</summary>
    /// <exception cref="PodSetupException">A path below a volume cannot be used.</exception>
    IReadOnlyList<ContainerMount> ResolveMounts(V1Pod pod, V1Container container, IReadOnlyDictionary<string, string> volumes, PodRuntimeFacts facts, int attempt);

    /// <summary>Takes away the volumes of a pod whose containers have ended for good; what they have left to say stays.</summary>
    Task ReleaseAsync(string podUid, CancellationToken cancellationToken);

    /// <summary>Where on the host everything of a pod lies.</summary>
    string PodDirectory(string podUid);

    /// <summary>Takes away everything of a pod; found on disk, so that it works after a restart too.</summary>
    Task UnmountAsync(string podUid, CancellationToken cancellationToken);

    /// <summary>The uids of the pods that have anything on disk.</summary>
    IEnumerable<string> PodsOnDisk();
}

/// <summary>A file or directory of the host inside a container.</summary>
internal sealed record ContainerMount(string HostPath, string ContainerPath, bool ReadOnly = false, string Propagation = "None");

/// <summary>What is known of a pod only once its sandbox runs.</summary>
internal sealed record PodRuntimeFacts(IReadOnlyList<string> PodIPs, string HostIP, string HostName);
