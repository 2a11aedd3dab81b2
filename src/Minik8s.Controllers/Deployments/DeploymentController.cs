using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>Wires Deployments to their ReplicaSets.</summary>
internal sealed class DeploymentController : IController, IResourceHandler<V1ReplicaSet>
{
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;
    private readonly ILister<V1Deployment> _deployments;

    public DeploymentController(ControllerContext context)
    {
        _queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var deployments = context.Informers.Informer<V1Deployment>();
        var replicaSets = context.Informers.Informer<V1ReplicaSet>();
        var pods = context.Informers.Informer<V1Pod>();
        replicaSets.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        replicaSets.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        _deployments = deployments.Lister;
        _informers = [deployments, replicaSets, pods];
        var reconciler = new DeploymentReconciler(
            deployments.Lister, replicaSets.Lister, pods.Lister, context.Client.Resource<V1Deployment>(), context.Client.Resource<V1ReplicaSet>(), context.Events, context.Time);
        _controller = new Controller<ObjectKey>(Name, _queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        deployments.AddHandler(deployment => _queue.Add(ObjectKey.Of(deployment)));
        replicaSets.AddHandler(this);
        // Recreate goes on when the last old pod is gone; its ReplicaSet counts only those that are active.
        pods.AddHandler(new ResourceHandler<V1Pod>(deleted: pod =>
        {
            if (OwnerReferences.Controller(pod.Metadata) is not { Kind: "ReplicaSet" } reference) return;
            if (replicaSets.Lister.Get(new ObjectKey(pod.Metadata.NamespaceProperty, reference.Name)) is not { } rs || rs.Metadata.Uid != reference.Uid) return;
            if (Owner(rs) is { } owner && _deployments.Get(owner) is { } deployment && !RolloutLimits.IsRolling(deployment)) _queue.Add(owner);
        }));
    }

    public string Name => "deployment";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);

    public void Added(V1ReplicaSet rs, bool initial) => Enqueue(rs, mayBeAdopted: rs.Metadata.DeletionTimestamp is null);

    public void Updated(V1ReplicaSet old, V1ReplicaSet now)
    {
        // The periodic resync repeats what is known: the Deployments' own resync covers it.
        if (ReferenceEquals(old, now)) return;
        var (before, after) = (OwnerReferences.Controller(old.Metadata)?.Uid, OwnerReferences.Controller(now.Metadata)?.Uid);
        if (before != after) Enqueue(old, mayBeAdopted: false);
        Enqueue(now, mayBeAdopted: before != after || !RevisionAnnotations.Same(old.Metadata.Labels, now.Metadata.Labels ?? new Dictionary<string, string>()));
    }

    public void Deleted(V1ReplicaSet last) => Enqueue(last, mayBeAdopted: false);

    private void Enqueue(V1ReplicaSet rs, bool mayBeAdopted)
    {
        if (OwnerReferences.Controller(rs.Metadata) is not null)
        {
            if (Owner(rs) is { } owner) _queue.Add(owner);
            return;
        }

        if (!mayBeAdopted || rs.Metadata.Labels is not { Count: > 0 }) return;
        foreach (var deployment in _deployments.ByIndex(Indexes.Namespace, rs.Metadata.NamespaceProperty))
        {
            if (ObjectSelector.From(deployment.Spec.Selector).Matches(rs.Metadata.Labels)) _queue.Add(ObjectKey.Of(deployment));
        }
    }

    private ObjectKey? Owner(V1ReplicaSet rs)
    {
        if (OwnerReferences.Controller(rs.Metadata) is not { Kind: "Deployment" } reference) return null;
        var key = new ObjectKey(rs.Metadata.NamespaceProperty, reference.Name);
        return _deployments.Get(key)?.Metadata.Uid == reference.Uid ? key : null;
    }
}
