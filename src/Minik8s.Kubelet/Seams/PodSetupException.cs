namespace Minik8s.Kubelet.Seams;

/// <summary>
/// Something that a pod or container needs is not there yet, or not as it must be. The kubelet reports it and tries again.
/// </summary>
/// <param name="reason">The reason for events and waiting states: <c>FailedMount</c>, <c>CreateContainerConfigError</c>.</param>
/// <param name="message">What is missing, in the kubelet's words.</param>
public sealed class PodSetupException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;
}
