using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Discovery;

namespace Minik8s.ApiServer;

/// <summary>What an API server needs to know.</summary>
public sealed record ApiServerOptions
{
    public required IPAddress BindAddress { get; init; }

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public required int Port { get; init; }

    /// <summary>The address of the Service <c>kubernetes</c>'s endpoint.</summary>
    public required IPAddress AdvertiseAddress { get; init; }

    public required IPNetwork ServiceCidr { get; init; }

    /// <summary>Whether other API servers may work on the same store; then all of them are the endpoints of the Service <c>kubernetes</c>.</summary>
    public bool SharesStore { get; init; }

    /// <summary>Gives the serving certificate, at each handshake, so that it can be renewed.</summary>
    public required Func<SslStreamCertificateContext> ServingCertificate { get; init; }

    /// <summary>Gives the authorities whose client certificates are accepted.</summary>
    public required Func<X509Certificate2Collection> ClientAuthorities { get; init; }

    /// <summary>Gives the certificate with which this server speaks to kubelets.</summary>
    public required Func<X509Certificate2> KubeletClientCertificate { get; init; }

    /// <summary>Gives the authorities of the kubelets' serving certificates.</summary>
    public required Func<X509Certificate2Collection> KubeletAuthorities { get; init; }

    /// <summary>How ServiceAccount tokens are made and checked.</summary>
    public required TokenOptions Tokens { get; init; }

    public VersionInfo Version { get; init; } = new();
}
