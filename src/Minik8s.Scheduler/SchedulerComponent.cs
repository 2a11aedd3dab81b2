using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Scheduler.Bind;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;
using Minik8s.Scheduler.Snapshot;
using Minik8s.Scheduler.Strategies;

namespace Minik8s.Scheduler;

/// <summary>The scheduler as a whole: gives each new pod its node.</summary>
public static class SchedulerComponent
{
    /// <summary>Runs until cancelled.</summary>
    /// <param name="options">How it works.</param>
    /// <param name="client">The connection to the API server.</param>
    /// <param name="informers">The informers that the process shares, which someone else runs; null: its own.</param>
    /// <param name="loggers">Where it tells what it does.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends it in good order.</param>
    /// <exception cref="LoopFailedException">One of its loops failed; it has ended as a whole.</exception>
    /// <exception cref="LeadershipLostException">Another scheduler may lead by now.</exception>
    public static Task RunAsync(
        SchedulerOptions options, KubeClient client, InformerFactory? informers, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("Minik8s.Scheduler");
        if (options.LeaderElection is not { } election) return WorkAsync(options, client, informers, loggers, logger, time, cancellationToken);
        var elector = new LeaderElector(election, client.Resource<V1Lease>(), logger, time);
        return elector.RunAsync(leading => WorkAsync(options, client, informers, loggers, logger, time, leading), cancellationToken);
    }

    private static async Task WorkAsync(
        SchedulerOptions options, KubeClient client, InformerFactory? shared, ILoggerFactory loggers, ILogger logger, TimeProvider time, CancellationToken cancellationToken)
    {
        var host = new LoopHost(logger);
        var informers = shared ?? new InformerFactory(client, loggers, time);
        if (shared is null) host.Add("informers", informers.RunAsync);

        using var queue = new SchedulingQueue(options, time);
        var state = new ClusterState(time, options.AssumedTimeout);
        var events = new EventRecorder(client, options.SchedulerName, "", logger, time);
        var binder = new Binder(client.Resource<V1Pod>(), state, queue, events, logger, time);
        IStrategy strategy = new RandomStrategy(Random.Shared);
        var loop = new SchedulingLoop(queue, state, FilterChain.Default, () => strategy, binder, logger);

        var changes = new ClusterEvents(options.SchedulerName, queue, state);
        var nodes = informers.Informer<V1Node>();
        var pods = informers.Informer<V1Pod>();
        // Nodes first: a pod that comes before its nodes would be told that there are none.
        nodes.AddHandler((IResourceHandler<V1Node>)changes);
        pods.AddHandler((IResourceHandler<V1Pod>)changes);

        host.Add("scheduler events", events.RunAsync);
        for (var i = 0; i < options.BindWorkers; i++) host.Add("scheduler binding", binder.RunAsync);
        host.Add("scheduling", async stopping =>
        {
            await nodes.WaitForSyncAsync(stopping);
            await pods.WaitForSyncAsync(stopping);
            SchedulerLog.Started(logger, options.SchedulerName, strategy.Name);
            await loop.RunAsync(stopping);
        });
        await host.RunAsync(cancellationToken);
    }
}
