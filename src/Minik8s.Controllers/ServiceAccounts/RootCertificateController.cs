using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.ServiceAccounts;

/// <summary>Wires the ConfigMap with the cluster's certificate authority that every namespace gets, so that pods can check whom they talk to.</summary>
internal sealed class RootCertificateController : IController
{
    private readonly Controller<string>? _controller;
    private readonly IInformer[] _informers = [];

    public RootCertificateController(ControllerContext context)
    {
        if (context.Options.RootCertificateAuthority is not { } authority) return;
        var queue = new WorkQueue<string>(Name, context.Time);
        var namespaces = context.Informers.Informer<V1Namespace>();
        // Only these: a process need not hold every ConfigMap for the sake of one a namespace.
        var maps = context.Informers.Informer<V1ConfigMap>(new InformerOptions { FieldSelector = $"metadata.name={NamespaceObjects.RootCertificateName}" });
        _informers = [namespaces, maps];
        var reconciler = new NamespaceObjectReconciler<V1ConfigMap>(
            namespaces.Lister, maps.Lister, context.Client.Resource<V1ConfigMap>(), ns => NamespaceObjects.RootCertificate(ns, authority), NamespaceObjects.SameData);
        _controller = new Controller<string>(Name, queue, reconciler.ReconcileAsync, context.Logger(Name));
        namespaces.AddHandler(new ResourceHandler<V1Namespace>(ns => queue.Add(ns.Metadata.Name), (_, ns) => queue.Add(ns.Metadata.Name)));
        maps.AddHandler(new ResourceHandler<V1ConfigMap>(
            updated: (_, now) => queue.Add(now.Metadata.NamespaceProperty), deleted: last => queue.Add(last.Metadata.NamespaceProperty)));
    }

    public string Name => "root-ca-certificate-publisher";

    public Task RunAsync(CancellationToken cancellationToken) =>
        _controller?.RunAsync(_informers, cancellationToken) ?? Task.Delay(Timeout.Infinite, cancellationToken);
}
