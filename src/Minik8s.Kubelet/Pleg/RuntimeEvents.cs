using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;
using Minik8s.Kubelet.Containerd.Api;

namespace Minik8s.Kubelet.Pleg;

/// <summary>
/// The pod lifecycle event source: containerd tells when tasks start and end. While its stream is broken, and once after it is back, every pod is looked at.
/// </summary>
internal sealed partial class RuntimeEvents(GrpcChannel channel, Action changed, TimeProvider time, ILogger<RuntimeEvents> logger)
{
    private static readonly TimeSpan Relist = TimeSpan.FromSeconds(1);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var client = new Events.EventsClient(channel);
        while (true)
        {
            try
            {
                using var stream = client.Subscribe(new SubscribeRequest { Filters = { "topic==\"/tasks/exit\"", "topic==\"/tasks/oom\"" } }, cancellationToken: cancellationToken);
                changed();
                await foreach (var _ in stream.ResponseStream.ReadAllAsync(cancellationToken)) changed();
            }
            catch (RpcException e) when (!cancellationToken.IsCancellationRequested)
            {
                LogBroken(e.Status.Detail);
            }

            changed();
            await Task.Delay(Relist, time, cancellationToken);
        }
    }

    [LoggerMessage(LogLevel.Debug, "The stream of runtime events is broken: {Reason}")]
    private partial void LogBroken(string reason);
}
