using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Kubelet;

/// <summary>What a kubelet needs to know.</summary>
public sealed record KubeletOptions
{
    public required string NodeName { get; init; }

    public required IPAddress NodeIp { get; init; }

    /// <summary>The range of this node's pod addresses.</summary>
    public required IPNetwork PodCidr { get; init; }

    public required string BridgeName { get; init; }

    /// <summary>Pods, volumes and stamps.</summary>
    public required string RootDir { get; init; }

    /// <summary>containerd's images and snapshots.</summary>
    public required string ContainerdRoot { get; init; }

    /// <summary>Sockets and state that a reboot empties.</summary>
    public required string RunDir { get; init; }

    public required string LogDir { get; init; }

    public required string ImagesDir { get; init; }

    public required int Port { get; init; }

    public required IPAddress ClusterDns { get; init; }

    public required string ClusterDomain { get; init; }

    public IReadOnlyDictionary<string, string> NodeLabels { get; init; } = new Dictionary<string, string>();

    /// <summary>The socket of a runtime to use instead of a containerd of our own.</summary>
    public string? RuntimeEndpoint { get; init; }

    /// <summary>The cgroup below which the pods' cgroups are made.</summary>
    public string CgroupRoot { get; init; } = "/";

    public required Func<SslStreamCertificateContext> ServingCertificate { get; init; }

    public required Func<X509Certificate2Collection> ClientAuthorities { get; init; }
}
