namespace Minik8s.Kubelet.Seams;

/// <summary>What runs on this node now, as far as the kubelet's own server needs it. Called from any thread; answers from memory.</summary>
internal interface IPodRuntimeView
{
    /// <summary>Whether this node has the pod.</summary>
    bool PodExists(string podNamespace, string pod);

    /// <summary>The newest container of that name, or with <paramref name="previous"/> the one before it; null when there is none.</summary>
    RuntimeContainer? FindContainer(string podNamespace, string pod, string container, bool previous);

    /// <summary>The id of the pod's running sandbox; null when it has none.</summary>
    string? FindSandbox(string podNamespace, string pod);

    /// <summary>Why a container of the pod has not started yet (<c>ContainerCreating</c>, <c>ImagePullBackOff</c>); null when there is nothing to say.</summary>
    string? WaitingReason(string podNamespace, string pod, string container) => null;
}

/// <summary>A container as the runtime knows it.</summary>
/// <param name="ContainerId">The runtime's id, without a scheme.</param>
/// <param name="LogPath">Where on the host its log file is.</param>
/// <param name="Running">Whether it has started and not ended.</param>
internal sealed record RuntimeContainer(string ContainerId, string LogPath, bool Running);
