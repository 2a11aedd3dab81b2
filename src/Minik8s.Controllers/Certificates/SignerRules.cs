using k8s.Models;

namespace Minik8s.Controllers.Certificates;

/// <summary>What Kubernetes' own signers demand of a request.</summary>
internal static class SignerRules
{
    public const string Client = "kubernetes.io/kube-apiserver-client";
    public const string KubeletClient = "kubernetes.io/kube-apiserver-client-kubelet";
    public const string KubeletServing = "kubernetes.io/kubelet-serving";

    private const string NodePrefix = "system:node:";
    private const string NodeGroup = "system:nodes";
    private const string Signature = "digital signature";
    private const string Encipherment = "key encipherment";
    private const string ClientUse = "client auth";
    private const string ServerUse = "server auth";

    /// <summary>Whether a signer is one of these.</summary>
    public static bool Knows(string signer) => signer is Client or KubeletClient or KubeletServing;

    /// <summary>What is wrong with a request, in Kubernetes' words; null: nothing.</summary>
    public static string? Mistake(string signer, RequestedCertificate wanted, IList<string> usages) => signer switch
    {
        Client => Uses(usages, ClientUse) ? null : "usages did not match [key encipherment digital signature client auth]",
        KubeletClient => KubeletClientMistake(wanted, usages),
        KubeletServing => KubeletServingMistake(wanted, usages),
        _ => $"unrecognized signer {signer}",
    };

    /// <summary>What is wrong with a request for a kubelet's client certificate; null: nothing.</summary>
    public static string? KubeletClientMistake(RequestedCertificate wanted, IList<string> usages)
    {
        if (wanted.Organizations is not [NodeGroup]) return "subject organization is not system:nodes";
        if (wanted.DnsNames.Count > 0) return "DNS subjectAltNames are not allowed";
        if (wanted.Addresses > 0) return "IP subjectAltNames are not allowed";
        if (wanted.OtherNames) return "Email and URI subjectAltNames are not allowed";
        if (!IsNode(wanted.CommonName)) return "subject common name does not begin with system:node: ";
        return Uses(usages, ClientUse) ? null : "usages did not match [key encipherment digital signature client auth]";
    }

    private static string? KubeletServingMistake(RequestedCertificate wanted, IList<string> usages)
    {
        if (wanted.Organizations is not [NodeGroup]) return "subject organization is not system:nodes";
        if (wanted.DnsNames.Count + wanted.Addresses == 0) return "DNS or IP subjectAltName is required";
        if (wanted.OtherNames) return "Email and URI subjectAltNames are not allowed";
        if (!IsNode(wanted.CommonName)) return "subject common name does not begin with system:node: ";
        return Uses(usages, ServerUse) ? null : "usages did not match [key encipherment digital signature server auth]";
    }

    /// <summary>The purposes that a signer puts into a certificate, as object identifiers.</summary>
    public static IReadOnlyList<string> Purposes(string signer) => signer == KubeletServing ? ["1.3.6.1.5.5.7.3.1"] : ["1.3.6.1.5.5.7.3.2"];

    /// <summary>Whether keys may be enciphered, which only RSA keys can.</summary>
    public static bool MayEncipher(V1CertificateSigningRequestSpec spec) => spec.Usages.Contains(Encipherment);

    private static bool IsNode(string name) => name.StartsWith(NodePrefix, StringComparison.Ordinal) && name.Length > NodePrefix.Length;

    // The signature and the one purpose, and key encipherment if wished.
    private static bool Uses(IList<string> usages, string purpose) => usages.Contains(Signature) && usages.Contains(purpose) && usages.All(u => u is Signature or Encipherment || u == purpose);
}
