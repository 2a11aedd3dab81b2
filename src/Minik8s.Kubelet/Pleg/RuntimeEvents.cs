using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Minik8s.Kubelet.Containerd.Api;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Pleg;

/// <summary>
/// The pod lifecycle event source: containerd tells when containers end. When its stream breaks, and once it is back, every pod is looked at.
/// </summary>
internal sealed partial class RuntimeEvents(GrpcChannel channel, IPodWaker pods, TimeProvider time, ILogger<RuntimeEvents> logger)
{
    private static readonly TimeSpan Reconnect = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LastLook = TimeSpan.FromSeconds(5);

    private readonly RuntimeService.RuntimeServiceClient _runtime = new(channel);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var client = new Events.EventsClient(channel);
        while (true)
        {
            try
            {
                using var stream = client.Subscribe(new SubscribeRequest { Filters = { "topic==\"/tasks/exit\"" } }, cancellationToken: cancellationToken);
                pods.Changed(null);
                await foreach (var envelope in stream.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    var exit = TaskExit.Parser.ParseFrom(envelope.Event.Value);
                    // The end of a command inside a container changes nothing for its pod.
                    if (exit.Id == exit.ContainerId) _ = SettleAsync(exit.ContainerId, cancellationToken);
                }
            }
            catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
            {
                LogBroken(e.Status.Detail);
            }

            pods.Changed(null);
            await Task.Delay(Reconnect, time, cancellationToken);
        }
    }

    /// <summary>The event comes before the runtime's own books are closed: the pod is woken once they tell of the end, which takes milliseconds.</summary>
    private async Task SettleAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            for (var pause = FirstLook; pause < LastLook; pause *= 2)
            {
                if (await PodOfEndedAsync(id, cancellationToken) is { } uid)
                {
                    pods.Changed(uid);
                    return;
                }

                await Task.Delay(pause, time, cancellationToken);
            }

            pods.Changed(null);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The kubelet stops.
        }
        catch (RpcException e)
        {
            // A runtime that does not answer breaks the stream as well, after which every pod is looked at.
            LogBroken(e.Status.Detail);
            pods.Changed(null);
        }
    }

    /// <returns>The pod of the container or sandbox; empty when it is gone already; null when it still counts as running.</returns>
    private async Task<string?> PodOfEndedAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            var container = (await _runtime.ContainerStatusAsync(new ContainerStatusRequest { ContainerId = id }, cancellationToken: cancellationToken)).Status;
            return container.State == ContainerState.ContainerRunning ? null : container.Labels.GetValueOrDefault(Runtime.ContainerRuntime.PodUidLabel, "");
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // Then it was a sandbox.
        }

        try
        {
            var sandbox = (await _runtime.PodSandboxStatusAsync(new PodSandboxStatusRequest { PodSandboxId = id }, cancellationToken: cancellationToken)).Status;
            return sandbox.State == PodSandboxState.SandboxReady ? null : sandbox.Metadata.Uid;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return "";
        }
    }

    [LoggerMessage(LogLevel.Debug, "The stream of runtime events is broken: {Reason}")]
    private partial void LogBroken(string reason);
}
