using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Serves the streaming subresources of pods (<c>log</c>, <c>exec</c>, <c>attach</c>, <c>portforward</c>) by way of the pod's kubelet.</summary>
public sealed class PodStreaming(PodStreamingOptions options, TimeProvider time, ILogger<PodStreaming> logger) : IDisposable
{
    private readonly KubeletTransport _transport = new(options);

    /// <summary>Answers one request; returns when its stream has ended. The caller has authenticated and authorized it.</summary>
    /// <exception cref="StatusException">The request cannot be served. Thrown only before the response has started: the caller writes the Status.</exception>
    public async Task HandleAsync(HttpContext context, PodStreamTarget target)
    {
        var pod = StreamedPod.Parse(target.Pod);
        if (target.Kind == PodStreamKind.Log)
        {
            await LogAsync(context, pod);
            return;
        }

        var query = context.Request.Query;
        var command = target.Kind == PodStreamKind.PortForward ? null : StreamOptions.Parse(query, exec: target.Kind == PodStreamKind.Exec);
        var container = command is null ? null : pod.ChooseContainer(command.Container);
        if (pod.NodeName.Length == 0) throw StatusErrors.BadRequest($"pod {pod.Name} does not have a host assigned");
        var kubelet = await LocateAsync(pod, context.RequestAborted);
        if (!ClientUpgrade.IsUpgrade(context)) throw StatusErrors.BadRequest("Upgrade request required");
        var path = target.Kind switch
        {
            PodStreamKind.Exec => $"/exec/{pod.Namespace}/{pod.Name}/{container}?{command!.KubeletQuery()}",
            PodStreamKind.Attach => $"/attach/{pod.Namespace}/{pod.Name}/{container}?{command!.KubeletQuery()}",
            _ => $"/portForward/{pod.Namespace}/{pod.Name}{PortForwardQuery(query)}",
        };
        var session = new KubeletSession(_transport, kubelet, pod.NodeName, path, time, logger);
        if (ClientUpgrade.IsWebSocket(context))
        {
            var offered = ClientUpgrade.Subprotocols(context);
            var version = offered.Contains(RemoteCommandProtocol.V5) ? RemoteCommandProtocol.V5 : offered.Contains(RemoteCommandProtocol.V4) ? RemoteCommandProtocol.V4 : null;
            var tunnelled = offered.Where(p => p.StartsWith(PortForwardTunnel.Prefix, StringComparison.Ordinal) && p.EndsWith(".k8s.io", StringComparison.Ordinal)).ToList();
            if (command is not null && version is not null)
            {
                await session.TranslateCommandAsync(context, command, version);
                return;
            }

            if (command is null && tunnelled.Count > 0)
            {
                await PortForwardTunnel.RunAsync(session, context, tunnelled);
                return;
            }
        }

        await session.TunnelAsync(context);
    }

    public void Dispose() => _transport.Dispose();

    private static string PortForwardQuery(IQueryCollection query)
    {
        var ports = query["ports"].Where(p => !string.IsNullOrEmpty(p)).ToList();
        return ports.Count == 0 ? "" : "?port=" + Uri.EscapeDataString(string.Join(',', ports));
    }

    private async Task LogAsync(HttpContext context, StreamedPod pod)
    {
        var log = LogOptions.Parse(context.Request.Query, pod.Name);
        var container = pod.ChooseContainer(log.Container);
        if (pod.NodeName.Length == 0)
        {
            // A pod without a node has not said anything yet.
            context.Response.ContentType = "text/plain";
            return;
        }

        var kubelet = await LocateAsync(pod, context.RequestAborted);
        var path = $"/containerLogs/{pod.Namespace}/{pod.Name}/{container}" + (log.KubeletQuery.Length == 0 ? "" : "?" + log.KubeletQuery);
        await new KubeletSession(_transport, kubelet, pod.NodeName, path, time, logger).CopyLogAsync(context, pod.Name, log);
    }

    private async Task<KubeletAddress> LocateAsync(StreamedPod pod, CancellationToken cancellationToken)
    {
        var node = await options.GetNode(pod.NodeName, cancellationToken) ?? throw StatusErrors.NotFound(new GroupResource("", "nodes"), pod.NodeName);
        return KubeletAddress.Of(node);
    }
}
