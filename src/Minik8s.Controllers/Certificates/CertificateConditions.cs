using System.Text.Json.Nodes;
using k8s.Models;

namespace Minik8s.Controllers.Certificates;

/// <summary>The conditions of a CertificateSigningRequest.</summary>
internal static class CertificateConditions
{
    public static bool Has(V1CertificateSigningRequest csr, string type) => csr.Status?.Conditions?.Any(c => c.Type == type) == true;

    /// <summary>Whether it is approved and waits for its certificate.</summary>
    public static bool AwaitsSigning(V1CertificateSigningRequest csr) =>
        Has(csr, "Approved") && !Has(csr, "Denied") && !Has(csr, "Failed") && csr.Status?.Certificate is not { Length: > 0 };

    /// <summary>The object with one condition more, for a write.</summary>
    public static V1CertificateSigningRequest With(V1CertificateSigningRequest csr, string type, string reason, string message) => csr with
    {
        Status = (csr.Status ?? new V1CertificateSigningRequestStatus()) with
        {
            Conditions = [.. csr.Status?.Conditions ?? [], new V1CertificateSigningRequestCondition { Type = type, Status = "True", Reason = reason, Message = message }],
        },
    };

    /// <summary>Who asked, as a SubjectAccessReview's spec.</summary>
    public static JsonObject Requester(V1CertificateSigningRequest csr, string subresource) => new()
    {
        ["user"] = csr.Spec.Username,
        ["uid"] = csr.Spec.Uid,
        ["groups"] = new JsonArray([.. (csr.Spec.Groups ?? []).Select(g => (JsonNode)g)]),
        ["extra"] = new JsonObject((csr.Spec.Extra ?? new Dictionary<string, IList<string>>()).Select(e => KeyValuePair.Create(e.Key, (JsonNode?)new JsonArray([.. e.Value.Select(v => (JsonNode)v)])))),
        ["resourceAttributes"] = new JsonObject
        {
            ["group"] = "certificates.k8s.io", ["version"] = "*", ["resource"] = "certificatesigningrequests", ["verb"] = "create", ["subresource"] = subresource,
        },
    };
}
