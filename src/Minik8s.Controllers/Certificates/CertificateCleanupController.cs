using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Certificates;

/// <summary>Removes requests whose time has passed: an hour after they were refused or served, a day after they came to nothing (csrcleaner).</summary>
internal sealed class CertificateCleanupController : IController
{
    private static readonly TimeSpan Decided = TimeSpan.FromHours(1);
    private static readonly TimeSpan Pending = TimeSpan.FromHours(24);

    private readonly Controller<string> _controller;
    private readonly SharedInformer<V1CertificateSigningRequest> _requests;
    private readonly ResourceClient<V1CertificateSigningRequest> _client;
    private readonly TimeProvider _time;

    public CertificateCleanupController(ControllerContext context)
    {
        _time = context.Time;
        _client = context.Client.Resource<V1CertificateSigningRequest>();
        _requests = context.Informers.Informer<V1CertificateSigningRequest>();
        var queue = new WorkQueue<string>(Name, context.Time);
        _controller = new Controller<string>(Name, queue, ReconcileAsync, context.Logger(Name));
        _requests.AddHandler(new ResourceHandler<V1CertificateSigningRequest>(r => queue.Add(r.Metadata.Name), (_, r) => queue.Add(r.Metadata.Name)));
    }

    public string Name => "csrcleaner";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync([_requests], cancellationToken);

    internal async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_requests.Lister.Get(new ObjectKey("", name)) is not { } csr) return ReconcileResult.Done;
        var left = End(csr) - _time.GetUtcNow();
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        try
        {
            await _client.DeleteAsync(name, null, new DeleteOptions { Uid = csr.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // It is gone, or another of its name is there.
        }

        return ReconcileResult.Done;
    }

    private static DateTimeOffset End(V1CertificateSigningRequest csr)
    {
        var issued = csr.Status?.Certificate is { Length: > 0 };
        var decided = (csr.Status?.Conditions ?? []).Where(c => c.Type is "Denied" or "Failed" || c.Type == "Approved" && issued).Select(c => c.LastUpdateTime).Max();
        return decided is { } at ? new DateTimeOffset(at.ToUniversalTime()) + Decided : new DateTimeOffset((csr.Metadata.CreationTimestamp ?? DateTime.UtcNow).ToUniversalTime()) + Pending;
    }
}
