using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Minik8s.Client;
using Minik8s.Host.Configuration;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Roles;

/// <summary>Who a node is: how it reaches the API server, and with what its kubelet serves.</summary>
/// <param name="Api">The way to the API server.</param>
/// <param name="Serving">The certificate for the kubelet's own server.</param>
/// <param name="Authorities">Who may vouch for those that call the kubelet.</param>
internal sealed record NodeIdentity(ClientConfig Api, Func<SslStreamCertificateContext> Serving, Func<X509Certificate2Collection> Authorities)
{
    /// <summary>From the cluster's own keys, for the node that runs beside the API server.</summary>
    public static NodeIdentity From(NodeCertificates certificates, ClientConfig api) =>
        new(api with { ClientCertificate = () => certificates.Client.Current }, () => certificates.Serving.TlsContext, () => api.CertificateAuthorities!);

    /// <summary>From a kubeconfig whose certificate is good for both sides.</summary>
    public static NodeIdentity From(ClientConfig api, string path)
    {
        if (api.ClientCertificate is not { } certificate || api.CertificateAuthorities is not { } authorities)
        {
            throw new UsageException($"{path} holds no client certificate and authority; make one where the API server runs: `minik8s kubeconfig node NAME --node-ip ADDRESS`");
        }

        return new(api, () => SslStreamCertificateContext.Create(certificate()!, additionalCertificates: null, offline: true), () => authorities);
    }
}
