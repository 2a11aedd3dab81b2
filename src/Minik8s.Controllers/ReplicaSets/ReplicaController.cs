using k8s;
using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>Wires ReplicaSets or ReplicationControllers to their pods.</summary>
internal sealed class ReplicaController<T> : IController
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ReplicaKind<T> _kind;
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public ReplicaController(ReplicaKind<T> kind, ControllerContext context)
    {
        _kind = kind;
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var expectations = new Expectations(context.Time);
        var owners = context.Informers.Informer<T>();
        var pods = context.Informers.Informer<V1Pod>();
        owners.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        _informers = [owners, pods];
        var reconciler = new ReplicaReconciler<T>(
            kind, owners.Lister, pods.Lister, context.Client.Resource<T>(), context.Client.Resource<V1Pod>(), context.Events, expectations, context.Time);
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        owners.AddHandler(new ResourceHandler<T>(
            owner => queue.Add(ObjectKey.Of(owner)),
            (_, now) => queue.Add(ObjectKey.Of(now)),
            owner =>
            {
                // Another of the same name must not wait for what this one did.
                expectations.Forget(ObjectKey.Of(owner));
                queue.Add(ObjectKey.Of(owner));
            }));
        pods.AddHandler(new OwnedPods<T>(owners.Lister, kind.Selector, expectations, queue));
    }

    public string Name => _kind.ControllerName;

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
