namespace Minik8s.ApiServer.Streaming;

/// <summary>There is no connection to a kubelet.</summary>
internal sealed class KubeletUnreachableException(string message, Exception inner) : Exception(message, inner);
