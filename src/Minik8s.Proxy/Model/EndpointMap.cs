using System.Net;
using System.Net.Sockets;
using k8s.Models;

namespace Minik8s.Proxy.Model;

/// <summary>The endpoints of one service by port name and protocol, put together from its slices.</summary>
internal sealed class EndpointMap
{
    private readonly Dictionary<(string Port, string Protocol), Dictionary<string, ProxyEndpoint>> _ports = [];

    public static EndpointMap Of(IEnumerable<V1EndpointSlice> slices)
    {
        var map = new EndpointMap();
        // In the order of their names, so that the same slices always give the same endpoints.
        foreach (var slice in slices.OrderBy(s => s.Metadata.Name, StringComparer.Ordinal)) map.Add(slice);
        return map;
    }

    /// <summary>The endpoints of a port, in the order of slices.</summary>
    public IReadOnlyCollection<ProxyEndpoint> this[ServicePortName port] =>
        _ports.TryGetValue((port.Port, port.Protocol), out var endpoints) ? endpoints.Values : [];

    /// <summary>How many endpoints are ready on a node, each counted once however many ports it has.</summary>
    public int ReadyOn(string node) => _ports.Values.SelectMany(p => p.Values).Where(e => e.Ready && e.NodeName == node).Select(e => e.Address).Distinct().Count();

    private void Add(V1EndpointSlice slice)
    {
        if (slice.AddressType != "IPv4") return;
        foreach (var port in slice.Ports ?? [])
        {
            if (port.Port is not (> 0 and var number)) continue;
            var key = (port.Name ?? "", ServicePorts.Protocol(port.Protocol));
            if (!_ports.TryGetValue(key, out var endpoints)) _ports.Add(key, endpoints = []);
            foreach (var endpoint in slice.Endpoints ?? [])
            {
                // Only the first address counts (the API's rule).
                if (endpoint.Addresses is not { Count: > 0 } addresses || !IPAddress.TryParse(addresses[0], out var address) || address.AddressFamily != AddressFamily.InterNetwork) continue;
                var read = Read(endpoint, address, number);
                // An endpoint that moves between slices is in both for a moment: the better knowledge wins.
                if (!endpoints.TryGetValue(read.Target, out var known) || (!known.Ready && read.Ready)) endpoints[read.Target] = read;
            }
        }
    }

    private static ProxyEndpoint Read(V1Endpoint endpoint, IPAddress address, int port) => ProxyEndpoint.At(address, port) with
    {
        NodeName = endpoint.NodeName ?? "",
        // Unknown means ready, and serving is the same as ready where it is not said (the API's rules).
        Ready = endpoint.Conditions?.Ready ?? true,
        Serving = endpoint.Conditions?.Serving ?? endpoint.Conditions?.Ready ?? true,
        Terminating = endpoint.Conditions?.Terminating ?? false,
        NodeHints = [.. endpoint.Hints?.ForNodes?.Select(n => n.Name) ?? []],
        ZoneHints = [.. endpoint.Hints?.ForZones?.Select(z => z.Name) ?? []],
    };
}
