using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Discovery;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>Wires the deletion of what has lost its owners, and the three ways of deleting an owner: before its dependents, after them, or without them.</summary>
internal sealed class GarbageCollector : IController
{
    private readonly ResourceMonitors _monitors;
    private readonly Controller<string> _dependents;
    private readonly Controller<string> _orphans;

    public GarbageCollector(ControllerContext context)
    {
        var logger = context.Logger(Name);
        var dependents = new WorkQueue<string>($"{Name} dependents", context.Time);
        var orphans = new WorkQueue<string>($"{Name} orphans", context.Time);
        var graph = new OwnerGraph(dependents.Add, orphans.Add, (dependent, owner) => context.Events.Record(
            new V1ObjectReference
            {
                ApiVersion = dependent.Resource.ApiVersion,
                Kind = dependent.Resource.Kind,
                NamespaceProperty = dependent.Namespace.Length == 0 ? null : dependent.Namespace,
                Name = dependent.Name,
                Uid = dependent.Uid,
            },
            EventType.Warning,
            "OwnerRefInvalidNamespace",
            $"ownerRef [{owner.ApiVersion}/{owner.Kind}, namespace: {dependent.Namespace}, name: {owner.Name}, uid: {owner.Uid}] does not exist in namespace \"{dependent.Namespace}\""));
        var map = new ResourceMap();
        _monitors = new ResourceMonitors(new ApiDiscovery(context.Client), map, context.Client, graph, logger, context.Time);
        var dependent = new DependentReconciler(graph, new OwnerCheck(context.Client, map, new AbsentOwners()), context.Client, dependents.Add, logger);
        var orphan = new OrphanReconciler(graph, context.Client);
        _dependents = new Controller<string>(dependents.Name, dependents, WhenWhole(dependent.ReconcileAsync), logger, workers: 10);
        _orphans = new Controller<string>(orphans.Name, orphans, WhenWhole(orphan.ReconcileAsync), logger, workers: 5);
    }

    public string Name => "garbage-collector";

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task[] loops = [_monitors.RunAsync(stop.Token), _dependents.RunAsync([], stop.Token), _orphans.RunAsync([], stop.Token)];
        try
        {
            await await Task.WhenAny(loops);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // A graph that lacks a resource does not know all dependents.
    private Func<string, CancellationToken, Task<ReconcileResult>> WhenWhole(Func<string, CancellationToken, Task<ReconcileResult>> reconcile) => async (uid, cancellationToken) =>
    {
        await _monitors.WaitForSyncAsync(cancellationToken);
        return await reconcile(uid, cancellationToken);
    };
}
