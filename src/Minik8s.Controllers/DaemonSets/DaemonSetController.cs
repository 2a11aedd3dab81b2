using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Wires DaemonSets to their pods and to the nodes.</summary>
internal sealed class DaemonSetController : IController
{
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public DaemonSetController(ControllerContext context)
    {
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var expectations = new Expectations(context.Time);
        var sets = context.Informers.Informer<V1DaemonSet>();
        var pods = context.Informers.Informer<V1Pod>();
        var nodes = context.Informers.Informer<V1Node>();
        var revisions = context.Informers.Informer<V1ControllerRevision>();
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        revisions.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        revisions.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        _informers = [sets, pods, nodes, revisions];
        var reconciler = new DaemonSetReconciler(
            sets.Lister, pods.Lister, nodes.Lister, revisions.Lister, context.Client.Resource<V1DaemonSet>(), context.Client.Resource<V1Pod>(),
            context.Client.Resource<V1ControllerRevision>(), context.Events, expectations, context.Time);
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 2);
        sets.AddHandler(new ResourceHandler<V1DaemonSet>(
            set => queue.Add(ObjectKey.Of(set)),
            (_, now) => queue.Add(ObjectKey.Of(now)),
            set =>
            {
                expectations.Forget(ObjectKey.Of(set));
                queue.Add(ObjectKey.Of(set));
            }));
        pods.AddHandler(new OwnedPods<V1DaemonSet>(sets.Lister, set => ObjectSelector.From(set.Spec.Selector), expectations, queue));

        // Only sets for which the node's verdict is, or becomes, another: heartbeats change nothing.
        void Enqueue(V1Node? old, V1Node? now)
        {
            foreach (var set in sets.Lister.List())
            {
                var before = old is null ? default : DaemonPlacement.Of(set, old);
                var after = now is null ? default : DaemonPlacement.Of(set, now);
                if (before != after) queue.Add(ObjectKey.Of(set));
            }
        }

        nodes.AddHandler(new ResourceHandler<V1Node>(node => Enqueue(null, node), (old, now) => Enqueue(old, now), node => Enqueue(node, null)));
    }

    public string Name => "daemonset";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
