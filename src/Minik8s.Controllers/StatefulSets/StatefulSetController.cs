using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>Wires StatefulSets to their pods.</summary>
internal sealed class StatefulSetController : IController
{
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public StatefulSetController(ControllerContext context)
    {
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var sets = context.Informers.Informer<V1StatefulSet>();
        var pods = context.Informers.Informer<V1Pod>();
        var claims = context.Informers.Informer<V1PersistentVolumeClaim>();
        var revisions = context.Informers.Informer<V1ControllerRevision>();
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        revisions.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        revisions.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        _informers = [sets, pods, claims, revisions];
        var reconciler = new StatefulSetReconciler(sets.Lister, pods.Lister, claims.Lister, revisions.Lister, context.Client, context.Events, context.Time);
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        sets.AddHandler(set => queue.Add(ObjectKey.Of(set)));
        // Pods have fixed names, so nothing has to be expected: making one twice is refused.
        pods.AddHandler(new OwnedPods<V1StatefulSet>(sets.Lister, set => ObjectSelector.From(set.Spec.Selector), new Expectations(context.Time), queue));
    }

    public string Name => "statefulset";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
