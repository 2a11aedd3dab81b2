using k8s.Models;

namespace Minik8s.Controllers.ServiceAccounts;

/// <summary>What every namespace holds from the start.</summary>
internal static class NamespaceObjects
{
    public const string ServiceAccountName = "default";
    public const string RootCertificateName = "kube-root-ca.crt";
    private const string RootCertificateKey = "ca.crt";

    public static V1ServiceAccount ServiceAccount(string ns) => new()
    {
        Metadata = new V1ObjectMeta { Name = ServiceAccountName, NamespaceProperty = ns },
    };

    public static V1ConfigMap RootCertificate(string ns, string authority) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = RootCertificateName,
            NamespaceProperty = ns,
            Annotations = new Dictionary<string, string>
            {
                ["kubernetes.io/description"] = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or "
                    + "kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
            },
        },
        Data = new Dictionary<string, string> { [RootCertificateKey] = authority },
    };

    /// <summary>Whether the present map holds exactly what it should.</summary>
    public static bool SameData(V1ConfigMap present, V1ConfigMap desired) =>
        present.Data is { Count: 1 } data && data.TryGetValue(RootCertificateKey, out var authority) && authority == desired.Data[RootCertificateKey];
}
