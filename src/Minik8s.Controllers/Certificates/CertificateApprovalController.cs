using System.Security.Cryptography;
using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Certificates;

/// <summary>Approves what nodes ask for themselves: a kubelet's client certificate, first by a join token and later by the certificate before (csrapproving).</summary>
internal sealed class CertificateApprovalController : IController
{
    private readonly Controller<string> _controller;
    private readonly SharedInformer<V1CertificateSigningRequest> _requests;
    private readonly KubeClient _client;

    public CertificateApprovalController(ControllerContext context)
    {
        _client = context.Client;
        _requests = context.Informers.Informer<V1CertificateSigningRequest>();
        var queue = new WorkQueue<string>(Name, context.Time);
        _controller = new Controller<string>(Name, queue, ReconcileAsync, context.Logger(Name));
        _requests.AddHandler(new ResourceHandler<V1CertificateSigningRequest>(r => queue.Add(r.Metadata.Name), (_, r) => queue.Add(r.Metadata.Name)));
    }

    public string Name => "csrapproving";

    public Task RunAsync(CancellationToken cancellationToken) => _controller.RunAsync([_requests], cancellationToken);

    internal async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (_requests.Lister.Get(new ObjectKey("", name)) is not { } csr || csr.Spec.SignerName != SignerRules.KubeletClient) return ReconcileResult.Done;
        if (CertificateConditions.Has(csr, "Approved") || CertificateConditions.Has(csr, "Denied") || csr.Status?.Certificate is { Length: > 0 }) return ReconcileResult.Done;
        RequestedCertificate wanted;
        try
        {
            wanted = RequestedCertificate.Read(csr);
        }
        catch (CryptographicException)
        {
            // Nothing that this loop could judge; a person may.
            return ReconcileResult.Done;
        }

        if (SignerRules.KubeletClientMistake(wanted, csr.Spec.Usages) is not null) return ReconcileResult.Done;
        if (csr.Spec.Username == wanted.CommonName && await MayAsync(csr, "selfnodeclient", cancellationToken))
        {
            return await ApproveAsync(csr, "Auto approving self kubelet client certificate after SubjectAccessReview.", cancellationToken);
        }

        return await MayAsync(csr, "nodeclient", cancellationToken)
            ? await ApproveAsync(csr, "Auto approving kubelet client certificate after SubjectAccessReview.", cancellationToken)
            : ReconcileResult.Done;
    }

    private async Task<bool> MayAsync(V1CertificateSigningRequest csr, string subresource, CancellationToken cancellationToken)
    {
        var review = new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SubjectAccessReview", ["spec"] = CertificateConditions.Requester(csr, subresource) };
        var answer = await _client.RequestAsync(HttpMethod.Post, "apis/authorization.k8s.io/v1/subjectaccessreviews", KubeJson.Bytes(review), ct: cancellationToken);
        return JsonNode.Parse(answer)?["status"]?["allowed"]?.GetValue<bool>() ?? false;
    }

    private async Task<ReconcileResult> ApproveAsync(V1CertificateSigningRequest csr, string message, CancellationToken cancellationToken)
    {
        var approved = CertificateConditions.With(csr, "Approved", "AutoApproved", message);
        var path = ResourceNames.Of<V1CertificateSigningRequest>().Path(null, csr.Metadata.Name, "approval");
        await _client.RequestAsync(HttpMethod.Put, path, ModelJson.Write(approved), ct: cancellationToken);
        return ReconcileResult.Done;
    }
}
