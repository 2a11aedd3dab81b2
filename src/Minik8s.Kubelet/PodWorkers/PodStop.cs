using System.Threading.Channels;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Runtime;

namespace Minik8s.Kubelet.PodWorkers;

/// <summary>Stops the containers of a pod that goes away. A wish for more haste, which comes with a change of the pod, is granted at once.</summary>
/// <param name="services">What to work with.</param>
/// <param name="pod">The pod.</param>
/// <param name="grace">The grace period at this moment.</param>
/// <param name="changes">Tells of changes of the pod.</param>
/// <param name="report">Reports what has become of it meanwhile.</param>
internal sealed class PodStop(PodServices services, V1Pod pod, Func<TimeSpan> grace, ChannelReader<bool> changes, Func<Task> report)
{
    public async Task RunAsync(PodView view, CancellationToken cancellationToken)
    {
        var running = view.Containers.Where(c => c.State == ContainerState.ContainerRunning).ToList();
        foreach (var container in running)
        {
            services.Events.Record(EventRecorderExtensions.Reference(pod, $"spec.containers{{{container.Metadata.Name}}}"), EventType.Normal, "Killing", $"Stopping container {container.Metadata.Name}");
        }

        var started = services.Time.GetTimestamp();
        while (true)
        {
            var allowed = grace();
            using var hasten = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var left = allowed - services.Time.GetElapsedTime(started);
            var stop = Task.WhenAll(running.Select(c => services.Runtime.StopContainerAsync(c.Id, (long)Math.Ceiling(Math.Max(0, left.TotalSeconds)), hasten.Token)));
            while (await Task.WhenAny(stop, changes.WaitToReadAsync(hasten.Token).AsTask()) != stop)
            {
                cancellationToken.ThrowIfCancellationRequested();
                changes.TryRead(out _);
                if (grace() < allowed) break;
                await report();
            }

            var inTime = stop.IsCompleted;
            await hasten.CancelAsync();
            try
            {
                await stop;
            }
            catch (OperationCanceledException) when (!inTime && !cancellationToken.IsCancellationRequested)
            {
                continue;
            }

            return;
        }
    }
}
