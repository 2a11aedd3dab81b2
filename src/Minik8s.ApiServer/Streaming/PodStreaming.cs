using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Serves the streaming subresources of pods (<c>log</c>, <c>exec</c>, <c>attach</c>, <c>portforward</c>) by way of the pod's kubelet.</summary>
public sealed class PodStreaming(PodStreamingOptions options, TimeProvider time, ILogger<PodStreaming> logger) : IDisposable
{
    /// <summary>Answers one request; returns when its stream has ended. The caller has authenticated and authorized it.</summary>
    /// <exception cref="Api.Errors.StatusException">The request cannot be served. Thrown only before the response has started: the caller writes the Status.</exception>
    public Task HandleAsync(HttpContext context, PodStreamTarget target)
    {
        _ = (options, time, logger, context, target);
        throw new Api.Errors.StatusException(503, Api.Errors.StatusReason.ServiceUnavailable, "streams from pods are not served yet");
    }

    public void Dispose()
    {
    }
}
