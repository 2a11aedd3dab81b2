using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Certificates;

/// <summary>The kinds of <c>certificates.k8s.io</c>.</summary>
internal static class CertificatesResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", new CertificateSigningRequestStrategy(), CertificateSigningRequestPrinter.Table, ["csr"], namespaced: false) with
        {
            Subresources = [new(CertificateSigningRequestStrategy.Approval, null, Status.Verbs), Status],
            SelectableFields = [Field("spec.signerName")],
        },
    ];
}
