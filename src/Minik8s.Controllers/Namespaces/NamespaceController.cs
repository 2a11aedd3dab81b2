using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Namespaces;

/// <summary>Wires the emptying of terminating namespaces.</summary>
internal sealed class NamespaceController : IController
{
    private readonly WorkQueue<string> _queue;
    private readonly Controller<string> _controller;
    private readonly IInformer[] _informers;

    public NamespaceController(ControllerContext context)
    {
        var logger = context.Logger(Name);
        _queue = new WorkQueue<string>(Name, context.Time);
        var namespaces = context.Informers.Informer<V1Namespace>();
        var pods = context.Informers.Informer<V1Pod>();
        _informers = [namespaces, pods];
        var reconciler = new NamespaceReconciler(
            context.Client.Resource<V1Namespace>(), context.Client, new NamespaceContents(context.Client, logger), context.Options.NamespaceSettleTime, logger, context.Time);
        _controller = new Controller<string>(Name, _queue, reconciler.ReconcileAsync, logger, workers: 2);
        namespaces.AddHandler(new ResourceHandler<V1Namespace>(Enqueue, (_, now) => Enqueue(now)));
        // Pods are what a namespace waits longest for: each that goes may be the last.
        pods.AddHandler(new ResourceHandler<V1Pod>(deleted: pod =>
        {
            if (namespaces.Lister.Get(new ObjectKey("", pod.Metadata.NamespaceProperty)) is { Metadata.DeletionTimestamp: not null }) _queue.Add(pod.Metadata.NamespaceProperty);
        }));
    }

    public string Name => "namespace";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);

    private void Enqueue(V1Namespace ns)
    {
        if (ns.Metadata.DeletionTimestamp is not null) _queue.Add(ns.Metadata.Name);
    }
}
