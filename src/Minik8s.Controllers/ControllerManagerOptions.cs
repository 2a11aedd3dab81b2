using Minik8s.ControlLoop;
using Minik8s.Controllers.Certificates;

namespace Minik8s.Controllers;

/// <summary>How the controllers work.</summary>
public sealed record ControllerManagerOptions
{
    /// <summary>The cluster's certificate authority as PEM, which every namespace gets as ConfigMap <c>kube-root-ca.crt</c>; null: none is published.</summary>
    public string? RootCertificateAuthority { get; init; }

    /// <summary>Signs certificates; null: this process has no authority's key, and another must sign.</summary>
    public ICertificateSigner? CertificateSigner { get; init; }

    /// <summary>Where several managers run: the lease that decides which one works. Null: this is the only one.</summary>
    public LeaderElectionOptions? LeaderElection { get; init; }

    /// <summary>How long a node may be silent before its conditions become Unknown.</summary>
    public TimeSpan NodeMonitorGracePeriod { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long a pod's node may be missing before the pod is removed.</summary>
    public TimeSpan OrphanQuarantine { get; init; } = TimeSpan.FromSeconds(40);

    /// <summary>How long after its deletion a namespace is kept at least: requests admitted just before it may still be on their way to the store.</summary>
    public TimeSpan NamespaceSettleTime { get; init; } = TimeSpan.FromSeconds(2);
}
