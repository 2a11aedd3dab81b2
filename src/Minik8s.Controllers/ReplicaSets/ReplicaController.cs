using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>Wires ReplicaSets or ReplicationControllers to their pods.</summary>
internal sealed class ReplicaController<T> : IController, IResourceHandler<V1Pod>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ReplicaKind<T> _kind;
    private readonly WorkQueue<ObjectKey> _queue;
    private readonly Controller<ObjectKey> _controller;
    private readonly Expectations _expectations;
    private readonly IInformer[] _informers;
    private readonly ILister<T> _owners;
    private readonly string _ownerKind = ResourceNames.Of<T>().Kind;

    public ReplicaController(ReplicaKind<T> kind, ControllerContext context)
    {
        _kind = kind;
        _queue = new WorkQueue<ObjectKey>(Name, context.Time);
        _expectations = new Expectations(context.Time);
        var owners = context.Informers.Informer<T>();
        var pods = context.Informers.Informer<V1Pod>();
        owners.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(Indexes.OwnerUid, Indexes.ByOwnerUid);
        pods.AddIndex(OwnerReferences.OrphanIndex, OwnerReferences.ByOrphanNamespace);
        _owners = owners.Lister;
        _informers = [owners, pods];
        var reconciler = new ReplicaReconciler<T>(
            kind, owners.Lister, pods.Lister, context.Client.Resource<T>(), context.Client.Resource<V1Pod>(), context.Events, _expectations, context.Time);
        _controller = new Controller<ObjectKey>(Name, _queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        owners.AddHandler(new ResourceHandler<T>(
            owner => _queue.Add(ObjectKey.Of(owner)),
            (_, now) => _queue.Add(ObjectKey.Of(now)),
            owner =>
            {
                // Another of the same name must not wait for what this one did.
                _expectations.Forget(ObjectKey.Of(owner));
                _queue.Add(ObjectKey.Of(owner));
            }));
        pods.AddHandler(this);
    }

    public string Name => _kind.ControllerName;

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);

    public void Added(V1Pod pod, bool initial)
    {
        if (PodStates.IsTerminating(pod))
        {
            // It may have been on its way out when this process started.
            Deleted(pod);
        }
        else if (Owner(pod) is { } owner)
        {
            _expectations.CreationObserved(owner);
            _queue.Add(owner);
        }
        else if (OwnerReferences.Controller(pod.Metadata) is null)
        {
            EnqueueAdopters(pod);
        }
    }

    public void Updated(V1Pod old, V1Pod now)
    {
        if (ReferenceEquals(old, now)) return;
        var labelsChanged = !SameLabels(old, now);
        if (PodStates.IsTerminating(now))
        {
            // A replacement is wanted now, not when the kubelet is done with it.
            Deleted(now);
            if (labelsChanged) Deleted(old);
            return;
        }

        var (before, after) = (OwnerReferences.Controller(old.Metadata)?.Uid, OwnerReferences.Controller(now.Metadata)?.Uid);
        if (before != after && Owner(old) is { } former) _queue.Add(former);
        if (after is not null)
        {
            if (Owner(now) is { } owner) _queue.Add(owner);
        }
        else if (labelsChanged || before != after)
        {
            EnqueueAdopters(now);
        }
    }

    public void Deleted(V1Pod last)
    {
        if (Owner(last) is not { } owner) return;
        _expectations.DeletionObserved(owner, last.Metadata.Uid);
        _queue.Add(owner);
    }

    private ObjectKey? Owner(V1Pod pod)
    {
        if (OwnerReferences.Controller(pod.Metadata) is not { } reference || reference.Kind != _ownerKind) return null;
        var key = new ObjectKey(pod.Metadata.NamespaceProperty, reference.Name);
        return _owners.Get(key)?.Metadata.Uid == reference.Uid ? key : null;
    }

    private void EnqueueAdopters(V1Pod pod)
    {
        if (pod.Metadata.Labels is not { Count: > 0 }) return;
        foreach (var owner in _owners.ByIndex(Indexes.Namespace, pod.Metadata.NamespaceProperty))
        {
            if (_kind.Selector(owner).Matches(pod.Metadata.Labels)) _queue.Add(ObjectKey.Of(owner));
        }
    }

    private static bool SameLabels(V1Pod a, V1Pod b)
    {
        var (x, y) = (a.Metadata.Labels, b.Metadata.Labels);
        return (x?.Count ?? 0) == (y?.Count ?? 0) && (x is null || x.All(l => y!.TryGetValue(l.Key, out var value) && value == l.Value));
    }
}
