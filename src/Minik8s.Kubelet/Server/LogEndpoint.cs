using Microsoft.AspNetCore.Http;
using Minik8s.Kubelet.Logs;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Server;

/// <summary><c>GET /containerLogs/{namespace}/{pod}/{container}</c>.</summary>
internal sealed class LogEndpoint(IPodRuntimeView pods, TimeProvider time)
{
    /// <exception cref="ServerException">There is no such log.</exception>
    public async Task HandleAsync(HttpContext context, string podNamespace, string pod, string container, CancellationToken stopping)
    {
        if (!HttpMethods.IsGet(context.Request.Method)) throw new ServerException(StatusCodes.Status405MethodNotAllowed, "405: Method Not Allowed");
        var query = LogQuery.Parse(context.Request.Query, time.GetUtcNow());
        if (!pods.PodExists(podNamespace, pod)) throw new ServerException(StatusCodes.Status404NotFound, $"pod \"{pod}\" does not exist");
        var found = pods.FindContainer(podNamespace, pod, container, query.Previous) ?? throw Missing(podNamespace, pod, container, query.Previous);
        using var log = Open(found.LogPath, query.Options);

        context.Response.ContentType = "text/plain";
        // At once, so that who follows a silent log knows that it is connected.
        await context.Response.StartAsync(context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
        bool Ended() => pods.FindContainer(podNamespace, pod, container, query.Previous) is not { Running: true } now || now.ContainerId != found.ContainerId;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        await log.CopyToAsync(context.Response.BodyWriter, Ended, either.Token);
    }

    private ContainerLog Open(string path, ContainerLogOptions options)
    {
        try
        {
            return ContainerLog.Open(path, options, time);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ServerException(StatusCodes.Status500InternalServerError, $"failed to try resolving symlinks in path \"{path}\": lstat {path}: no such file or directory");
        }
    }

    private ServerException Missing(string podNamespace, string pod, string container, bool previous)
    {
        if (previous) return new(StatusCodes.Status400BadRequest, $"previous terminated container \"{container}\" in pod \"{pod}\" not found");
        return pods.WaitingReason(podNamespace, pod, container) is { } reason
            ? new(StatusCodes.Status400BadRequest, $"container \"{container}\" in pod \"{pod}\" is waiting to start: {reason}")
            : new(StatusCodes.Status404NotFound, $"container not found (\"{container}\")");
    }
}
