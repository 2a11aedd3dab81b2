using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Certificates;

/// <summary>Signs what is approved, for Kubernetes' own signers (csrsigning). Where this process has no authority's key, others sign.</summary>
internal sealed class CertificateSigningController : IController
{
    private readonly Controller<string> _controller;
    private readonly SharedInformer<V1CertificateSigningRequest> _requests;
    private readonly ResourceClient<V1CertificateSigningRequest> _client;
    private readonly ICertificateSigner? _signer;

    public CertificateSigningController(ControllerContext context)
    {
        _signer = context.Options.CertificateSigner;
        _client = context.Client.Resource<V1CertificateSigningRequest>();
        _requests = context.Informers.Informer<V1CertificateSigningRequest>();
        var queue = new WorkQueue<string>(Name, context.Time);
        _controller = new Controller<string>(Name, queue, ReconcileAsync, context.Logger(Name));
        _requests.AddHandler(new ResourceHandler<V1CertificateSigningRequest>(r => queue.Add(r.Metadata.Name), (_, r) => queue.Add(r.Metadata.Name)));
    }

    public string Name => "csrsigning";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync([_requests], cancellationToken);

    internal async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_signer is null || _requests.Lister.Get(new ObjectKey("", name)) is not { } csr) return ReconcileResult.Done;
        if (!SignerRules.Knows(csr.Spec.SignerName) || !CertificateConditions.AwaitsSigning(csr)) return ReconcileResult.Done;
        try
        {
            await _client.UpdateStatusAsync(Answer(csr, _signer), cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Whoever asked has taken the request back.
        }

        return ReconcileResult.Done;
    }

    private static V1CertificateSigningRequest Answer(V1CertificateSigningRequest csr, ICertificateSigner signer)
    {
        RequestedCertificate wanted;
        try
        {
            wanted = RequestedCertificate.Read(csr);
        }
        catch (CryptographicException e)
        {
            return Failed(csr, $"unable to parse csr \"{csr.Metadata.Name}\": {e.Message}");
        }

        var name = csr.Spec.SignerName;
        if (SignerRules.Mistake(name, wanted, csr.Spec.Usages) is { } mistake) return Failed(csr, mistake);
        var lifetime = csr.Spec.ExpirationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        var certificate = signer.Sign(wanted.Request, SignerRules.Purposes(name), SignerRules.MayEncipher(csr.Spec), withNames: name != SignerRules.KubeletClient, lifetime);
        return csr with { Status = csr.Status with { Certificate = Encoding.ASCII.GetBytes(certificate) } };
    }

    private static V1CertificateSigningRequest Failed(V1CertificateSigningRequest csr, string message) => CertificateConditions.With(csr, "Failed", "SignerValidationFailure", message);
}
