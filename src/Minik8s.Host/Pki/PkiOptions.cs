using System.Net;

namespace Minik8s.Host.Pki;

/// <summary>What the cluster's certificates are made for.</summary>
public sealed record PkiOptions
{
    /// <summary>Where keys and certificates are kept, by default <c>/var/lib/minik8s/pki</c>. Made with mode 0700.</summary>
    public required string Directory { get; init; }

    /// <summary>The name of this machine's node; one of the names that the API server's certificate is valid for.</summary>
    public required string NodeName { get; init; }

    /// <summary>The addresses at which others reach the API server.</summary>
    public IReadOnlyList<IPAddress> AdvertiseAddresses { get; init; } = [];

    /// <summary>The first address of the service network, which the <c>kubernetes</c> Service has.</summary>
    public IPAddress? ServiceAddress { get; init; }

    /// <summary>More DNS names or IP addresses that the API server's certificate shall be valid for.</summary>
    public IReadOnlyList<string> ExtraSubjectNames { get; init; } = [];

    /// <summary>The DNS domain of the cluster.</summary>
    public string ClusterDomain { get; init; } = "cluster.local";

    /// <summary>How long the certificate authority is valid.</summary>
    public TimeSpan CaLifetime { get; init; } = TimeSpan.FromDays(3650);

    /// <summary>How long each certificate is valid; it is renewed after two thirds of that.</summary>
    public TimeSpan CertificateLifetime { get; init; } = TimeSpan.FromDays(365);
}
