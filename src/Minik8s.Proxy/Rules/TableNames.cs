using Minik8s.Proxy.Model;

namespace Minik8s.Proxy.Rules;

/// <summary>The names of maps, sets and chains in the table, and the verdicts that lead to them.</summary>
internal static class TableNames
{
    /// <summary>Address . protocol . port → how it is served.</summary>
    public const string Services = "services";

    /// <summary>The same for addresses that keep outside clients on the node (<c>externalTrafficPolicy: Local</c>): where the node itself and pods are led.</summary>
    public const string ClusterPolicy = "cluster-policy";

    /// <summary>And where everyone else is led.</summary>
    public const string LocalPolicy = "local-policy";

    /// <summary>Address . protocol . port → how to refuse.</summary>
    public const string NoEndpoints = "no-endpoints";

    /// <summary>The virtual addresses in use: their other ports refuse.</summary>
    public const string ClusterIps = "cluster-ips";

    /// <summary>Address . protocol . port of load balancers that only some clients may use.</summary>
    public const string Firewall = "firewall";

    /// <summary>The same with the ranges of those clients.</summary>
    public const string FirewallSources = "firewall-sources";

    /// <summary>Pairs of an endpoint's address with itself.</summary>
    public const string Hairpin = "hairpin";

    public const string RejectChain = "reject-service";

    public const string MasqueradeChain = "mark-for-masquerade";

    public const string ExternalLocalChain = "external-local";

    public const string Reject = "goto " + RejectChain;

    public const string Drop = "drop";

    public const string ExternalLocal = "goto " + ExternalLocalChain;

    /// <summary>The map with the endpoints of one place: address . protocol . port → endpoint.</summary>
    public static string Endpoints(bool local, int place) => local ? $"local-endpoints-{place}" : $"endpoints-{place}";

    /// <summary>The chain that sends to the endpoint of one place.</summary>
    public static string Endpoint(bool local, int place) => local ? $"local-endpoint-{place}" : $"endpoint-{place}";

    /// <summary>The chain that chooses among the endpoints of a group.</summary>
    public static string Balance(string group) => $"balance-{group}";

    /// <summary>The chain for traffic to a ClusterIP.</summary>
    public static string Internal(string group) => $"internal-{group}";

    /// <summary>The chain for traffic to an address for outside clients.</summary>
    public static string External(string group) => $"external-{group}";

    /// <summary>The set of the clients that stay with an endpoint. The time is part of the name because a set cannot change it.</summary>
    public static string Affinity(ServicePortName port, ProxyEndpoint endpoint, int seconds) => $"affinity-{seconds}/{port}__{endpoint.Address}/{endpoint.Port}";

    /// <summary>The chain of an endpoint that remembers its clients.</summary>
    public static string AffinityEndpoint(ServicePortName port, ProxyEndpoint endpoint) => $"endpoint/{port}__{endpoint.Address}/{endpoint.Port}";
}
