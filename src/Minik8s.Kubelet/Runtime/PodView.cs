using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Runtime;

/// <summary>What the runtime knows of one pod: its sandboxes and containers, the newest first.</summary>
internal sealed record PodView(string Uid, IReadOnlyList<PodSandboxStatus> Sandboxes, IReadOnlyList<ContainerStatus> Containers)
{
    public PodSandboxStatus? Sandbox => Sandboxes.Count > 0 ? Sandboxes[0] : null;

    /// <summary>The sandbox, if it runs.</summary>
    public PodSandboxStatus? ReadySandbox => Sandbox is { State: PodSandboxState.SandboxReady } ready ? ready : null;

    /// <summary>The newest container of a name.</summary>
    public ContainerStatus? Latest(string name) => Containers.FirstOrDefault(c => c.Metadata.Name == name);

    /// <summary>The one before the newest.</summary>
    public ContainerStatus? Previous(string name) => Containers.Where(c => c.Metadata.Name == name).Skip(1).FirstOrDefault();
}
