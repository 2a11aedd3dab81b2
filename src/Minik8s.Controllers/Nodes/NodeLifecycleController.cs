using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Nodes;

/// <summary>Wires the watch over the nodes' heartbeats: leases, conditions, taints.</summary>
internal sealed class NodeLifecycleController : IController
{
    private const string LeaseNamespace = "kube-node-lease";

    private readonly Controller<string> _controller;
    private readonly IInformer[] _informers;

    public NodeLifecycleController(ControllerContext context)
    {
        var logger = context.Logger(Name);
        var queue = new WorkQueue<string>(Name, context.Time);
        var nodes = context.Informers.Informer<V1Node>();
        var leases = context.Informers.Informer<V1Lease>(new InformerOptions { Namespace = LeaseNamespace });
        var pods = context.Informers.Informer<V1Pod>();
        pods.AddIndex(Indexes.NodeName, Indexes.ByNodeName);
        _informers = [nodes, leases, pods];
        var heartbeats = new Heartbeats(context.Time);
        var reconciler = new NodeReconciler(
            nodes.Lister, pods.Lister, heartbeats, context.Client.Resource<V1Node>(), context.Client.Resource<V1Pod>(), context.Events, context.Options, logger, context.Time);
        _controller = new Controller<string>(Name, queue, reconciler.ReconcileAsync, logger, workers: 2);

        nodes.AddHandler(new ResourceHandler<V1Node>(
            node =>
            {
                heartbeats.Seen(node.Metadata.Name);
                context.Events.Normal(node, "RegisteredNode", $"Node {node.Metadata.Name} event: Registered Node {node.Metadata.Name} in Controller");
                queue.Add(node.Metadata.Name);
            },
            (old, now) =>
            {
                if (NodeHealth.ReadyHeartbeat(old) != NodeHealth.ReadyHeartbeat(now)) heartbeats.Seen(now.Metadata.Name);
                queue.Add(now.Metadata.Name);
            },
            node =>
            {
                heartbeats.Forget(node.Metadata.Name);
                context.Events.Normal(node, "RemovingNode", $"Node {node.Metadata.Name} event: Removing Node {node.Metadata.Name} from Controller");
            }));
        // A renewal only moves the time at which the node would be late; no work follows from it.
        leases.AddHandler(new ResourceHandler<V1Lease>(
            lease => heartbeats.Seen(lease.Metadata.Name),
            (old, now) =>
            {
                if (old.Spec?.RenewTime != now.Spec?.RenewTime) heartbeats.Seen(now.Metadata.Name);
            }));
    }

    public string Name => "node-lifecycle";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
