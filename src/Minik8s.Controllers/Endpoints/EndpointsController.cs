using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Wires the Endpoints of services with a selector, the older form of EndpointSlices that many clients still read.</summary>
internal sealed class EndpointsController : IController
{
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public EndpointsController(ControllerContext context)
    {
        var queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var services = context.Informers.Informer<V1Service>();
        var pods = context.Informers.Informer<V1Pod>();
        var endpoints = context.Informers.Informer<V1Endpoints>();
        _informers = [services, pods, endpoints];
        var reconciler = new EndpointsReconciler(services.Lister, pods.Lister, endpoints.Lister, context.Client.Resource<V1Endpoints>(), context.Events);
        _controller = new Controller<ObjectKey>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        ServiceTriggers.Attach(services, pods, queue);
        endpoints.AddHandler(new ResourceHandler<V1Endpoints>(updated: (_, now) => queue.Add(ObjectKey.Of(now)), deleted: last => queue.Add(ObjectKey.Of(last))));
    }

    public string Name => "endpoints";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
