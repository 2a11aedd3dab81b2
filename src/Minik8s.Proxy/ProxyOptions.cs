using System.Net;

namespace Minik8s.Proxy;

/// <summary>What the proxy of a node needs to know.</summary>
public sealed record ProxyOptions
{
    public const string DefaultTable = "minik8s-proxy";

    public required string NodeName { get; init; }

    /// <summary>The node's address, on which node ports are open (never on loopback, as kube-proxy with nftables).</summary>
    public required IPAddress NodeIp { get; init; }

    /// <summary>The range of all pods' addresses.</summary>
    public required IPNetwork PodNetwork { get; init; }

    /// <summary>The name of the nftables table, of the family <c>ip</c>.</summary>
    public string Table { get; init; } = DefaultTable;

    /// <summary>The port of <c>/healthz</c> and <c>/livez</c>; 0: any free one.</summary>
    public int HealthPort { get; init; } = 10256;

    /// <summary>How often the whole table is written anew, as a net under everything else.</summary>
    public TimeSpan FullSyncPeriod { get; init; } = TimeSpan.FromHours(1);
}
