namespace Minik8s.Kubelet.Logs;

/// <summary>How much of a container's log is kept; the defaults are those of Kubernetes.</summary>
/// <param name="MaxFileBytes">The size in bytes at which a file is rotated.</param>
/// <param name="MaxFiles">How many files there are at most, the one in use included.</param>
internal sealed record LogLimits(long MaxFileBytes = 10 * 1024 * 1024, int MaxFiles = 5);
