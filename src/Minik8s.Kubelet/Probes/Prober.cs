using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using k8s.Models;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Probes.Health;

namespace Minik8s.Kubelet.Probes;

/// <summary>Makes attempts of probes by command, HTTP, TCP or gRPC.</summary>
internal sealed class Prober(RuntimeService.RuntimeServiceClient runtime) : IProber
{
    private const int MaxOutput = 10 * 1024;

    public async Task<ProbeOutcome> ProbeAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellationToken)
    {
        var timeout = TimeSpan.FromSeconds(probe.TimeoutSeconds ?? 1);
        if (probe.Exec is { } exec) return await ExecAsync([.. exec.Command ?? []], target.ContainerId, timeout, cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            if (probe.HttpGet is { } get) return await HttpProbe.GetAsync(get, target, limit.Token);
            if (probe.TcpSocket is { } socket)
            {
                if (PortOf(socket.Port, target.Container) is not { } port) return ProbeOutcome.Unknown($"couldn't find port: {socket.Port.Value}");
                return await ConnectAsync(string.IsNullOrEmpty(socket.Host) ? target.PodIp : socket.Host, port, limit.Token);
            }

            if (probe.Grpc is { } grpc) return await GrpcAsync(target.PodIp, grpc.Port, grpc.Service ?? "", timeout, limit.Token);
            return ProbeOutcome.Unknown("missing probe handler");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"context deadline exceeded: no answer within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s");
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException or NotSupportedException or InvalidOperationException)
        {
            // Addresses, headers and redirects come from manifests and containers: what of them cannot even be tried is the probe's failure, not the kubelet's.
            return ProbeOutcome.Failure(e.Message);
        }
    }

    /// <summary>A port by number, or by its name among the container's ports; null when there is none.</summary>
    public static int? PortOf(IntOrString port, V1Container container)
    {
        var number = int.TryParse(port.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : container.Ports?.FirstOrDefault(p => p.Name == port.Value)?.ContainerPort;
        return number is > 0 and <= 65535 ? number : null;
    }

    private async Task<ProbeOutcome> ExecAsync(string[] command, string containerId, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await runtime.ExecSyncAsync(
                new ExecSyncRequest { ContainerId = containerId, Cmd = { command }, Timeout = (long)timeout.TotalSeconds }, cancellationToken: cancellationToken);
            if (answer.ExitCode == 0) return ProbeOutcome.Success;
            var output = answer.Stdout.ToStringUtf8() + answer.Stderr.ToStringUtf8();
            return ProbeOutcome.Failure(output.Length > MaxOutput ? output[..MaxOutput] : output);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DeadlineExceeded)
        {
            return ProbeOutcome.Failure($"command timed out: \"{string.Join(' ', command)}\" timed out after {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s");
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeOutcome.Unknown($"rpc error: code = {e.StatusCode} desc = {e.Status.Detail}");
        }
    }

    private static async Task<ProbeOutcome> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(host, port, cancellationToken);
            return ProbeOutcome.Success;
        }
        catch (SocketException e)
        {
            return ProbeOutcome.Failure($"dial tcp {host}:{port}: connect: {Words(e)}");
        }
    }

    private static async Task<ProbeOutcome> GrpcAsync(string host, int port, string service, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var authority = host.Contains(':') ? $"[{host}]:{port}" : $"{host}:{port}";
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var channel = GrpcChannel.ForAddress($"http://{authority}", new GrpcChannelOptions { HttpHandler = handler, ThrowOperationCanceledOnCancellation = true });
        try
        {
            var answer = await new Health.Health.HealthClient(channel).CheckAsync(
                new HealthCheckRequest { Service = service }, new Metadata { { "user-agent", HttpProbe.UserAgent } }, cancellationToken: cancellationToken);
            return answer.Status == HealthCheckResponse.Types.ServingStatus.Serving ? ProbeOutcome.Success : ProbeOutcome.Failure($"service unhealthy (responded with \"{Name(answer.Status)}\")");
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unimplemented)
        {
            return ProbeOutcome.Failure($"this server does not implement the grpc health protocol (grpc.health.v1.Health): {e.Status.Detail}");
        }
        catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
        {
            return ProbeOutcome.Failure($"timeout: failed to connect service \"{authority}\" within {timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture)}s: {e.Status.Detail}");
        }
    }

    private static string Name(HealthCheckResponse.Types.ServingStatus status) => status switch
    {
        HealthCheckResponse.Types.ServingStatus.NotServing => "NOT_SERVING",
        HealthCheckResponse.Types.ServingStatus.ServiceUnknown => "SERVICE_UNKNOWN",
        _ => "UNKNOWN",
    };

    /// <summary>The kernel's words for what a socket meets.</summary>
    public static string Words(SocketException e) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connection refused",
        SocketError.HostUnreachable => "no route to host",
        SocketError.NetworkUnreachable => "network is unreachable",
        SocketError.TimedOut => "connection timed out",
        _ => e.Message,
    };
}
