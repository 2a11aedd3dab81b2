using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Admission;

/// <summary>
/// Requests for certificates bear who made them; deciding on one takes the verb <c>approve</c>, and signing the verb <c>sign</c>, on its signer; and nobody gets
/// a client certificate of <c>system:masters</c> this way (Kubernetes' CertificateApproval, CertificateSigning and CertificateSubjectRestriction).
/// </summary>
internal sealed class CertificateAdmission(IAuthorizer authorizer) : IAdmission
{
    private const string Group = "certificates.k8s.io";
    private const string ClientSigner = "kubernetes.io/kube-apiserver-client";

    public ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Resource.Kind is not { Group: Group, Kind: "CertificateSigningRequest" } || request.Operation == AdmissionOperation.Delete) return default;
        if (request.Operation == AdmissionOperation.Create)
        {
            SetRequester(request.Object.Ensure("spec"), request.User ?? UserInfo.Server);
            CheckSubject(request);
            return default;
        }

        var signer = request.Old.Map("spec").Text("signerName") ?? "";
        if (request.Subresource == "approval" && !May(request.User, "approve", signer)) throw Refused(request, $"user not permitted to approve requests with signerName {GoText.Quote(signer)}");
        var signs = request.Subresource == "status" && request.Object.Map("status").Text("certificate") != request.Old.Map("status").Text("certificate");
        if (signs && !May(request.User, "sign", signer)) throw Refused(request, $"user not permitted to sign requests with signerName {GoText.Quote(signer)}");
        return default;
    }

    private static void SetRequester(JsonObject spec, UserInfo user)
    {
        spec["username"] = user.Name;
        if (user.Uid.Length > 0) spec["uid"] = user.Uid;
        spec["groups"] = new JsonArray([.. user.Groups.Select(g => (JsonNode)g)]);
        if (user.Extra.Count > 0) spec["extra"] = new JsonObject(user.Extra.Select(e => KeyValuePair.Create(e.Key, (JsonNode?)new JsonArray([.. e.Value.Select(v => (JsonNode)v)]))));
    }

    private static void CheckSubject(AdmissionRequest request)
    {
        var spec = request.Object.Map("spec");
        if (spec.Text("signerName") == ClientSigner && CertificateSubject.Organizations(spec.Text("request") ?? "").Contains(UserInfo.Masters))
        {
            throw Refused(request, $"use of {ClientSigner} signer with {UserInfo.Masters} group is not allowed");
        }
    }

    /// <summary>Rights on a signer may be given for it alone or for all of its domain (<c>example.com/*</c>).</summary>
    private bool May(UserInfo? user, string verb, string signer)
    {
        if (user is null) return true;
        var all = signer.Split('/')[0] + "/*";
        return new[] { signer, all }.Any(name => authorizer.Authorize(user, new RequestInfo { IsResource = true, Path = "", Verb = verb, Group = Group, Version = "*", Resource = "signers", Name = name }).Allowed);
    }

    private static StatusException Refused(AdmissionRequest request, string why) => StatusErrors.Forbidden(request.Resource.GroupResource, request.Object.Map("metadata").Text("name") ?? "", why);
}
