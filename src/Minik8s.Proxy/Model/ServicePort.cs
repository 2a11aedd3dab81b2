using System.Net;

namespace Minik8s.Proxy.Model;

/// <summary>One port of a service, with what the proxy needs of the service.</summary>
internal sealed record ServicePort
{
    public required ServicePortName Name { get; init; }

    public required IPAddress ClusterIp { get; init; }

    public required int Port { get; init; }

    /// <summary>0: none.</summary>
    public int NodePort { get; init; }

    public IReadOnlyList<IPAddress> ExternalIps { get; init; } = [];

    /// <summary>The addresses of the load balancer, where it delivers packets with their destination unchanged (<c>ipMode: VIP</c>).</summary>
    public IReadOnlyList<IPAddress> LoadBalancerIps { get; init; } = [];

    /// <summary>Who may use <see cref="LoadBalancerIps"/>; empty: everyone.</summary>
    public IReadOnlyList<IPNetwork> SourceRanges { get; init; } = [];

    /// <summary>How long a client stays with its endpoint after its last connection (<c>sessionAffinity: ClientIP</c>), in seconds; 0: not at all.</summary>
    public int AffinitySeconds { get; init; }

    /// <summary><c>internalTrafficPolicy: Local</c></summary>
    public bool InternalLocal { get; init; }

    /// <summary><c>externalTrafficPolicy: Local</c></summary>
    public bool ExternalLocal { get; init; }

    /// <summary>Whether it has addresses for clients outside the cluster.</summary>
    public bool IsExternal => NodePort != 0 || ExternalIps.Count > 0 || LoadBalancerIps.Count > 0;

    /// <summary>Whether endpoints of other nodes are used: also by a service that keeps outside clients on the node, since what comes from the node itself goes anywhere.</summary>
    public bool UsesClusterEndpoints => !InternalLocal || IsExternal;

    public bool UsesLocalEndpoints => InternalLocal || (ExternalLocal && IsExternal);
}
