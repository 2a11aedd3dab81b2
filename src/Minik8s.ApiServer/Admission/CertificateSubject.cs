using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission;

/// <summary>Who a certificate is asked for.</summary>
internal static class CertificateSubject
{
    private const string KubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";
    private const string KubeletServing = "kubernetes.io/kubelet-serving";

    /// <summary>A node asks for certificates of a node for itself only.</summary>
    public static void CheckNode(AdmissionRequest request, string node)
    {
        if (request.Object.Map("spec").Text("signerName") is not (KubeletClient or KubeletServing)) return;
        if (CommonName(request.Object.Map("spec").Text("request") ?? "") is { } name && name != $"system:node:{node}")
        {
            throw NodeRestriction.Refused(request, $"can only create a node CSR with CN=system:node:{node}");
        }
    }

    /// <summary>The organizations in a request, which are the groups of whoever shows the certificate.</summary>
    public static IReadOnlyList<string> Organizations(string base64) => Parts(base64, "2.5.4.10") ?? [];

    private static string? CommonName(string base64) => Parts(base64, "2.5.4.3") is { } names ? names.FirstOrDefault() ?? "" : null;

    /// <summary>The values of one kind in the subject of a request in PEM, as base64; null when it cannot be read, which validation will say.</summary>
    private static List<string>? Parts(string base64, string type)
    {
        try
        {
            var pem = System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(base64));
            var parsed = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.SkipSignatureValidation);
            return [.. parsed.SubjectName.EnumerateRelativeDistinguishedNames().Where(p => !p.HasMultipleElements && p.GetSingleElementType().Value == type).Select(p => p.GetSingleElementValue() ?? "")];
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException)
        {
            return null;
        }
    }
}
