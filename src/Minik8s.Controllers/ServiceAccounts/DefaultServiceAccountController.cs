using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.ServiceAccounts;

/// <summary>Wires the default ServiceAccount of every namespace.</summary>
internal sealed class DefaultServiceAccountController : IController
{
    private readonly WorkQueue<string> _queue;
    private readonly Controller<string> _controller;
    private readonly IInformer[] _informers;

    public DefaultServiceAccountController(ControllerContext context)
    {
        _queue = new WorkQueue<string>(Name, context.Time);
        var namespaces = context.Informers.Informer<V1Namespace>();
        var accounts = context.Informers.Informer<V1ServiceAccount>();
        _informers = [namespaces, accounts];
        var reconciler = new NamespaceObjectReconciler<V1ServiceAccount>(
            namespaces.Lister, accounts.Lister, context.Client.Resource<V1ServiceAccount>(), NamespaceObjects.ServiceAccount, (_, _) => true);
        _controller = new Controller<string>(Name, _queue, reconciler.ReconcileAsync, context.Logger(Name));
        namespaces.AddHandler(new ResourceHandler<V1Namespace>(ns => _queue.Add(ns.Metadata.Name), (_, ns) => _queue.Add(ns.Metadata.Name)));
        accounts.AddHandler(new ResourceHandler<V1ServiceAccount>(deleted: account =>
        {
            if (account.Metadata.Name == NamespaceObjects.ServiceAccountName) _queue.Add(account.Metadata.NamespaceProperty);
        }));
    }

    public string Name => "serviceaccount";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync(_informers, cancellationToken);
}
