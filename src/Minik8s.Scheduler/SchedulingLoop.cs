using Microsoft.Extensions.Logging;
using Minik8s.Scheduler.Bind;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;
using Minik8s.Scheduler.Snapshot;
using Minik8s.Scheduler.Strategies;

namespace Minik8s.Scheduler;

/// <summary>Takes one pod at a time and decides where it goes: filter, choose, count it there, hand it to the binder.</summary>
internal sealed class SchedulingLoop(SchedulingQueue queue, ClusterState state, FilterChain filters, Func<IStrategy> strategy, Binder binder, ILogger logger)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true) Place(await queue.TakeAsync(cancellationToken));
    }

    internal void Place(QueuedPod entry)
    {
        var pod = entry.Pod;
        var result = filters.Run(pod, state.Snapshot());
        if (result.Feasible.Count == 0)
        {
            SchedulerLog.Unschedulable(logger, pod.Key, result.Message);
            queue.FitsNowhere(entry, result.WakeUps);
            binder.Reject(entry, pod, result.Message);
            return;
        }

        var node = strategy().Choose(pod, result.Feasible);
        state.Assume(pod.Placed, node.Name);
        binder.Bind(entry, pod, node.Name);
    }
}
