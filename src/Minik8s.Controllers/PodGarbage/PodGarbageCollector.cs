using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.PodGarbage;

/// <summary>Wires the removal of pods that no kubelet will ever remove.</summary>
internal sealed class PodGarbageCollector : IController
{
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public PodGarbageCollector(ControllerContext context)
    {
        var logger = context.Logger(Name);
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var pods = context.Informers.Informer<V1Pod>();
        var nodes = context.Informers.Informer<V1Node>();
        pods.AddIndex(Indexes.NodeName, Indexes.ByNodeName);
        _informers = [pods, nodes];
        var reconciler = new PodGarbageReconciler(
            pods.Lister, nodes.Lister, context.Client.Resource<V1Pod>(), context.Client.Resource<V1Node>(), context.Options.OrphanQuarantine, logger, context.Time);
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, logger);

        void Enqueue(V1Pod pod)
        {
            // Only those that could ever be garbage: most pods have a node, and it exists.
            var orphaned = !string.IsNullOrEmpty(pod.Spec?.NodeName) && nodes.Lister.Get(new ObjectKey("", pod.Spec.NodeName)) is null;
            var unscheduled = string.IsNullOrEmpty(pod.Spec?.NodeName) && pod.Metadata.DeletionTimestamp is not null;
            if (orphaned || unscheduled) queue.Add(ObjectKey.Of(pod));
        }

        pods.AddHandler(new ResourceHandler<V1Pod>(Enqueue, (_, now) => Enqueue(now), pod => reconciler.Forget(ObjectKey.Of(pod))));
        nodes.AddHandler(new ResourceHandler<V1Node>(deleted: node =>
        {
            foreach (var pod in pods.Lister.ByIndex(Indexes.NodeName, node.Metadata.Name)) queue.Add(ObjectKey.Of(pod));
        }));
    }

    public string Name => "pod-garbage-collector";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
