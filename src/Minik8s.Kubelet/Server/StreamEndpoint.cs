using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Server;

/// <summary><c>/exec</c>, <c>/attach</c> and <c>/portForward</c>: asks the runtime for a session and connects the client with it.</summary>
internal sealed class StreamEndpoint(IPodRuntimeView pods, RuntimeService.RuntimeServiceClient runtime, TimeProvider time)
{
    /// <exception cref="ServerException">There is no such container, the request is malformed, or the runtime refuses.</exception>
    public Task ExecAsync(HttpContext context, string podNamespace, string pod, string container, CancellationToken stopping)
    {
        var (id, streams) = Prepare(context, podNamespace, pod, container);
        var request = new ExecRequest { ContainerId = id, Tty = streams.Tty, Stdin = streams.Stdin, Stdout = streams.Stdout, Stderr = streams.Stderr };
        request.Cmd.AddRange(context.Request.Query["command"].Select(c => c ?? ""));
        return CarryAsync(context, async ct => (await runtime.ExecAsync(request, cancellationToken: ct)).Url, stopping);
    }

    /// <exception cref="ServerException">There is no such container, the request is malformed, or the runtime refuses.</exception>
    public Task AttachAsync(HttpContext context, string podNamespace, string pod, string container, CancellationToken stopping)
    {
        var (id, streams) = Prepare(context, podNamespace, pod, container);
        var request = new AttachRequest { ContainerId = id, Tty = streams.Tty, Stdin = streams.Stdin, Stdout = streams.Stdout, Stderr = streams.Stderr };
        return CarryAsync(context, async ct => (await runtime.AttachAsync(request, cancellationToken: ct)).Url, stopping);
    }

    /// <exception cref="ServerException">The pod is not here or does not run, the request is malformed, or the runtime refuses.</exception>
    public Task PortForwardAsync(HttpContext context, string podNamespace, string pod, CancellationToken stopping)
    {
        CheckUpgrade(context);
        CheckPod(podNamespace, pod);
        var request = new PortForwardRequest
        {
            PodSandboxId = pods.FindSandbox(podNamespace, pod) ?? throw new ServerException(StatusCodes.Status404NotFound, $"pod not found (\"{pod}_{podNamespace}\")"),
        };
        // Over SPDY each stream names its port; over WebSocket they are in the query, once or separated by commas.
        foreach (var text in context.Request.Query["port"].SelectMany(v => (v ?? "").Split(',')))
        {
            if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port == 0)
            {
                throw new ServerException(StatusCodes.Status400BadRequest, $"invalid port \"{text}\"");
            }

            request.Port.Add(port);
        }

        return CarryAsync(context, async ct => (await runtime.PortForwardAsync(request, cancellationToken: ct)).Url, stopping);
    }

    private static bool Flag(HttpContext context, string name) => context.Request.Query[name].FirstOrDefault() == "1";

    private static void CheckUpgrade(HttpContext context)
    {
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }) throw new ServerException(StatusCodes.Status400BadRequest, "Upgrade request required");
    }

    private (string Id, Streams Streams) Prepare(HttpContext context, string podNamespace, string pod, string container)
    {
        CheckUpgrade(context);
        var tty = Flag(context, "tty");
        // A terminal has one output.
        var streams = new Streams(tty, Flag(context, "input"), Flag(context, "output"), Flag(context, "error") && !tty);
        if (streams is { Stdin: false, Stdout: false, Stderr: false }) throw new ServerException(StatusCodes.Status400BadRequest, "you must specify at least 1 of stdin, stdout, stderr");
        CheckPod(podNamespace, pod);
        var found = pods.FindContainer(podNamespace, pod, container, previous: false);
        return found is { Running: true } ? (found.ContainerId, streams) : throw new ServerException(StatusCodes.Status404NotFound, $"container not found (\"{container}\")");
    }

    private void CheckPod(string podNamespace, string pod)
    {
        if (!pods.PodExists(podNamespace, pod)) throw new ServerException(StatusCodes.Status404NotFound, "pod does not exist");
    }

    private async Task CarryAsync(HttpContext context, Func<CancellationToken, Task<string>> open, CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            var url = new Uri(await open(either.Token), UriKind.Absolute);
            await RuntimeTunnel.RunAsync(context, url, time, either.Token);
        }
        catch (RpcException e)
        {
            var status = e.StatusCode switch
            {
                StatusCode.NotFound => StatusCodes.Status404NotFound,
                StatusCode.ResourceExhausted => StatusCodes.Status429TooManyRequests,
                _ => StatusCodes.Status500InternalServerError,
            };
            throw new ServerException(status, e.Status.Detail);
        }
        catch (Exception e) when (e is SocketException or UriFormatException || (e is IOException && !context.Response.HasStarted))
        {
            throw new ServerException(StatusCodes.Status502BadGateway, $"error dialing backend: {e.Message}");
        }
    }

    private readonly record struct Streams(bool Tty, bool Stdin, bool Stdout, bool Stderr);
}
