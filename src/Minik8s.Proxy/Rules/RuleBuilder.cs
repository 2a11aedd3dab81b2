using System.Net;
using Minik8s.Proxy.Model;

namespace Minik8s.Proxy.Rules;

/// <summary>
/// Works out what a service wants in the table. A packet's way: its address and port are looked up in one map, whose verdict leads to a chain
/// that is shared by all services with the same number of endpoints; that draws a place at random, and the map of that place holds the endpoint.
/// So the way is the same length for any number of services, and a service is nothing but elements of maps.
/// </summary>
internal sealed class RuleBuilder(NodeView node)
{
    private const string EndpointMapType = "type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service;";
    private const string EndpointKey = "ip daddr . meta l4proto . th dport";

    /// <param name="ports">The service's ports.</param>
    /// <param name="endpoints">Its endpoints.</param>
    /// <param name="before">What it has now; null: nothing.</param>
    public ServiceRules Build(IReadOnlyList<ServicePort> ports, EndpointMap endpoints, ServiceRules? before)
    {
        var rules = new ServiceRules();
        foreach (var port in ports) Add(rules, port, endpoints[port.Name], before);
        return rules;
    }

    private void Add(ServiceRules rules, ServicePort port, IReadOnlyCollection<ProxyEndpoint> endpoints, ServiceRules? before)
    {
        var selection = EndpointSelection.Of(endpoints, port, node);
        var cluster = Group(rules, port, selection.Cluster, local: false, before);
        var local = Group(rules, port, selection.Local, local: true, before);
        foreach (var endpoint in selection.Cluster.Concat(selection.Local)) rules.Shared[TableItem.Element(TableNames.Hairpin, $"{endpoint.Address} . {endpoint.Address}")] = "";
        rules.Shared[TableItem.Element(TableNames.ClusterIps, port.ClusterIp.ToString())] = "";

        AddFrontend(rules, port, port.ClusterIp, port.Port, Internal(rules, selection, port.InternalLocal ? local : cluster));
        var external = External(rules, port, selection, cluster, local);
        foreach (var address in port.ExternalIps) AddFrontend(rules, port, address, port.Port, external);
        foreach (var address in port.LoadBalancerIps) AddFrontend(rules, port, address, port.Port, external.Concat(Firewall(port, address)));
        if (port.NodePort != 0)
        {
            foreach (var address in node.Addresses) AddFrontend(rules, port, address, port.NodePort, external);
        }

        if (port.Name.Protocol == "udp") AddUdp(rules, port, endpoints);
    }

    /// <summary>The entries of a frontend in maps and sets, by their names; the key is added later.</summary>
    private IEnumerable<(string Container, string Suffix, string Value)> Internal(ServiceRules rules, EndpointSelection selection, EndpointGroup group)
    {
        if (group.Endpoints.Count == 0) return [(TableNames.NoEndpoints, "", selection.Any ? TableNames.Drop : TableNames.Reject)];
        var chain = TableNames.Internal(group.Name);
        // A route for the services may lead from outside to any node: the answer has to come back this way.
        rules.Shared[TableItem.Chain(chain)] = $"ip saddr != {node.PodNetwork} jump {TableNames.MasqueradeChain}\ngoto {TableNames.Balance(group.Name)}";
        return group.Entries.Prepend((TableNames.Services, "", $"goto {chain}"));
    }

    private static IEnumerable<(string Container, string Suffix, string Value)> External(ServiceRules rules, ServicePort port, EndpointSelection selection, EndpointGroup cluster, EndpointGroup local)
    {
        if (!port.IsExternal) return [];
        if (!selection.Any) return [(TableNames.NoEndpoints, "", TableNames.Reject)];
        if (!port.ExternalLocal)
        {
            var chain = TableNames.External(cluster.Name);
            // The endpoint may be on another node: the answer has to come back this way.
            rules.Shared[TableItem.Chain(chain)] = $"jump {TableNames.MasqueradeChain}\ngoto {TableNames.Balance(cluster.Name)}";
            return cluster.Entries.Prepend((TableNames.Services, "", $"goto {chain}"));
        }

        var entries = cluster.Entries
            .Append((TableNames.Services, "", TableNames.ExternalLocal))
            .Append((TableNames.ClusterPolicy, "", $"goto {TableNames.Balance(cluster.Name)}"));
        return local.Endpoints.Count > 0
            ? entries.Concat(local.Entries).Append((TableNames.LocalPolicy, "", $"goto {TableNames.Balance(local.Name)}"))
            : entries.Append((TableNames.NoEndpoints, "", TableNames.Drop));
    }

    private IEnumerable<(string Container, string Suffix, string Value)> Firewall(ServicePort port, IPAddress address)
    {
        if (port.SourceRanges.Count == 0 || port.SourceRanges.Any(r => r.PrefixLength == 0)) yield break;
        yield return (TableNames.Firewall, "", "");
        foreach (var range in port.SourceRanges) yield return (TableNames.FirewallSources, $" . {range}", "");
        // Where the balancer's address is also one of the node, what the node sends there comes from that address.
        var allowsNode = node.Addresses.Any(a => port.SourceRanges.Any(r => r.Contains(a)));
        if (allowsNode && !port.SourceRanges.Any(r => r.Contains(address))) yield return (TableNames.FirewallSources, $" . {address}", "");
    }

    private static void AddFrontend(ServiceRules rules, ServicePort port, IPAddress address, int number, IEnumerable<(string Container, string Suffix, string Value)> entries)
    {
        var key = $"{address} . {port.Name.Protocol} . {number}";
        // The first of several uses of one address and port counts.
        if (rules.Frontends.ContainsKey(key)) return;
        rules.Frontends.Add(key, [.. entries.Select(e => new KeyValuePair<TableItem, string>(TableItem.Element(e.Container, key + e.Suffix), e.Value))]);
    }

    private void AddUdp(ServiceRules rules, ServicePort port, IReadOnlyCollection<ProxyEndpoint> endpoints)
    {
        var serving = endpoints.Where(e => e.Serving).Select(e => e.Address).ToHashSet();
        foreach (var address in port.ExternalIps.Concat(port.LoadBalancerIps).Prepend(port.ClusterIp)) rules.Udp.Add(new UdpFrontend(address, port.Port, serving));
        if (port.NodePort == 0) return;
        foreach (var address in node.Addresses) rules.Udp.Add(new UdpFrontend(address, port.NodePort, serving));
    }

    private static EndpointGroup Group(ServiceRules rules, ServicePort port, IReadOnlyList<ProxyEndpoint> endpoints, bool local, ServiceRules? before)
    {
        if (endpoints.Count == 0) return EndpointGroup.Empty;
        var places = Places.Arrange(before?.Places.GetValueOrDefault((port.Name, local)) ?? [], endpoints);
        rules.Places[(port.Name, local)] = places;
        return port.AffinitySeconds > 0 ? Sticky(rules, port, places, local) : Random(rules, places, local);
    }

    private static EndpointGroup Random(ServiceRules rules, IReadOnlyList<ProxyEndpoint> places, bool local)
    {
        var name = local ? $"local-{places.Count}" : $"{places.Count}";
        for (var i = 0; i < places.Count; i++)
        {
            var map = TableNames.Endpoints(local, i);
            rules.Shared[TableItem.Map(map)] = EndpointMapType;
            rules.Shared[TableItem.Chain(TableNames.Endpoint(local, i))] = $"dnat ip to {EndpointKey} map @{map}";
        }

        rules.Shared[TableItem.Chain(TableNames.Balance(name))] = Draw([.. Enumerable.Range(0, places.Count).Select(i => TableNames.Endpoint(local, i))]);
        return new EndpointGroup(name, places, [.. places.Select((e, i) => (TableNames.Endpoints(local, i), "", e.Target))]);
    }

    /// <summary>Endpoints that remember their clients have chains and sets of their own: a client is looked for in each before one is drawn.</summary>
    private static EndpointGroup Sticky(ServiceRules rules, ServicePort port, IReadOnlyList<ProxyEndpoint> places, bool local)
    {
        var name = local ? $"{port.Name}.local" : port.Name.ToString();
        var known = new List<string>();
        foreach (var endpoint in places)
        {
            var clients = TableNames.Affinity(port.Name, endpoint, port.AffinitySeconds);
            var chain = TableNames.AffinityEndpoint(port.Name, endpoint);
            rules.Shared[TableItem.DynamicSet(clients)] = $"type ipv4_addr; flags dynamic,timeout; timeout {port.AffinitySeconds}s;";
            rules.Shared[TableItem.Chain(chain)] = $"update @{clients} {{ ip saddr }}\nmeta l4proto {port.Name.Protocol} dnat ip to {endpoint.Address}:{endpoint.Port}";
            known.Add($"ip saddr @{clients} goto {chain}");
        }

        known.Add(Draw([.. places.Select(e => TableNames.AffinityEndpoint(port.Name, e))]));
        rules.Shared[TableItem.Chain(TableNames.Balance(name))] = string.Join('\n', known);
        return new EndpointGroup(name, places, []);
    }

    private static string Draw(IReadOnlyList<string> chains) => chains.Count == 1
        ? $"goto {chains[0]}"
        : $"numgen random mod {chains.Count} vmap {{ {string.Join(", ", chains.Select((c, i) => $"{i} : goto {c}"))} }}";

    /// <summary>The endpoints of one kind of traffic: the name of their chains and the entries that a frontend needs.</summary>
    private sealed record EndpointGroup(string Name, IReadOnlyList<ProxyEndpoint> Endpoints, IReadOnlyList<(string Container, string Suffix, string Value)> Entries)
    {
        public static readonly EndpointGroup Empty = new("", [], []);
    }
}
