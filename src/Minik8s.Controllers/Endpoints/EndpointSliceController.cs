using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Endpoints;

/// <summary>Wires the EndpointSlices of services with a selector.</summary>
internal sealed class EndpointSliceController : IController
{
    /// <summary>The index of slices by their service, as <c>namespace/name</c>.</summary>
    internal const string ServiceIndex = "service";

    private readonly WorkQueue<ObjectKey> _queue;
    private readonly Controller<ObjectKey> _controller;
    private readonly IInformer[] _informers;

    public EndpointSliceController(ControllerContext context)
    {
        _queue = new WorkQueue<ObjectKey>(Name, context.Time);
        var services = context.Informers.Informer<V1Service>();
        var pods = context.Informers.Informer<V1Pod>();
        var nodes = context.Informers.Informer<V1Node>();
        var slices = context.Informers.Informer<V1EndpointSlice>();
        slices.AddIndex(ServiceIndex, ByService);
        _informers = [services, pods, nodes, slices];
        var reconciler = new EndpointSliceReconciler(
            services.Lister, pods.Lister, nodes.Lister, slices.Lister, context.Client.Resource<V1EndpointSlice>(), context.Events, context.Time);
        _controller = new Controller<ObjectKey>(Name, _queue, reconciler.ReconcileAsync, context.Logger(Name), workers: 5);
        ServiceTriggers.Attach(services, pods, _queue);
        slices.AddHandler(slice =>
        {
            if (EndpointSliceObjects.IsOurs(slice) && EndpointSliceObjects.ServiceOf(slice) is { } service) _queue.Add(service);
        });
    }

    public string Name => "endpointslice";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);

    internal static IEnumerable<string> ByService(V1EndpointSlice slice) => EndpointSliceObjects.ServiceOf(slice) is { } service ? [service.ToString()] : [];
}
