namespace Minik8s.Host.Kubeconfig;

/// <summary>A kubeconfig cannot be read or written. The message names the file and says why; nothing of it was changed.</summary>
public sealed class KubeconfigException(string message, Exception? inner = null) : Exception(message, inner);
