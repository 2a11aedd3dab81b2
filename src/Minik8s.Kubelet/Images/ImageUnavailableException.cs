namespace Minik8s.Kubelet.Images;

/// <summary>An image is not to be had now; the reason is that of the container's waiting state.</summary>
internal sealed class ImageUnavailableException(string reason, string message) : Exception(message)
{
    public string Reason { get; } = reason;

    /// <summary>When to try again; null: by the ordinary schedule.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
