namespace Minik8s.ApiServer.Streaming;

/// <summary>The subresources of a pod that are streams from its kubelet.</summary>
public enum PodStreamKind
{
    Log,
    Exec,
    Attach,
    PortForward,
}
