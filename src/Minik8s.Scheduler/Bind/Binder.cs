using System.Threading.Channels;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Bind;

/// <summary>
/// Writes the scheduler's decisions to the API server, apart from the loop that takes them: that loop goes on with the next pod while these are on
/// their way.
/// </summary>
internal sealed class Binder(ResourceClient<V1Pod> pods, ClusterState state, SchedulingQueue queue, IEventRecorder events, ILogger logger, TimeProvider time)
{
    private readonly Channel<Decision> _decisions = Channel.CreateUnbounded<Decision>();

    /// <summary>Binds a pod that is already counted on the node.</summary>
    public void Bind(QueuedPod entry, PodInfo pod, string node) => _decisions.Writer.TryWrite(new(entry, pod, node, null));

    /// <summary>Tells on the pod that it fits nowhere.</summary>
    public void Reject(QueuedPod entry, PodInfo pod, string message) => _decisions.Writer.TryWrite(new(entry, pod, null, message));

    /// <summary>One worker: carries decisions out until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await foreach (var decision in _decisions.Reader.ReadAllAsync(cancellationToken))
        {
            if (decision.Node is { } node) await BindAsync(decision.Entry, decision.Pod, node, cancellationToken);
            else await MarkAsync(decision.Pod, "Unschedulable", decision.Message!, cancellationToken);
        }
    }

    private async Task BindAsync(QueuedPod entry, PodInfo pod, string node, CancellationToken cancellationToken)
    {
        var binding = new V1Binding
        {
            ApiVersion = "v1",
            Kind = "Binding",
            // The uid keeps a pod of the same name that was made meanwhile from being bound in its place.
            Metadata = new V1ObjectMeta { Name = pod.Key.Name, NamespaceProperty = pod.Key.Namespace, Uid = pod.Uid },
            Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = node },
        };
        try
        {
            await pods.CreateSubresourceAsync(pod.Key.Name, pod.Key.Namespace, "binding", binding, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            SchedulerLog.PodGone(logger, pod.Key);
            queue.Remove(pod.Uid);
            Free(pod);
            return;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or IOException or TimeoutException)
        {
            SchedulerLog.BindFailed(logger, pod.Key, node, e.Message);
            queue.Failed(entry);
            Free(pod);
            await MarkAsync(pod, "SchedulerError", $"binding rejected: {e.Message}", cancellationToken);
            return;
        }

        state.BindingFinished(pod.Uid);
        queue.Remove(pod.Uid);
        SchedulerLog.Bound(logger, pod.Key, node, entry.Attempts);
        events.Normal(pod.Pod, "Scheduled", $"Successfully assigned {pod.Key} to {node}");
    }

    private void Free(PodInfo pod)
    {
        state.Forget(pod.Uid);
        queue.Wake(WakeUps.PodRemoved);
    }

    private async Task MarkAsync(PodInfo pod, string reason, string message, CancellationToken cancellationToken)
    {
        events.Warning(pod.Pod, "FailedScheduling", message);
        if (PodScheduledCondition.Patch(pod.Pod, reason, message, time.GetUtcNow()) is not { } patch) return;
        try
        {
            await pods.PatchAsync(pod.Key.Name, pod.Key.Namespace, PatchKind.StrategicMerge, patch, "status", cancellationToken);
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or IOException or TimeoutException)
        {
            // Only the explanation is missing, and the next attempt writes it again.
            SchedulerLog.StatusFailed(logger, pod.Key, e.Message);
        }
    }

    private sealed record Decision(QueuedPod Entry, PodInfo Pod, string? Node, string? Message);
}
