namespace Minik8s.Proxy.Model;

/// <summary>Which endpoints of a port get traffic on this node.</summary>
/// <param name="Cluster">For traffic that may go to any node.</param>
/// <param name="Local">For traffic that must stay on this node.</param>
/// <param name="Any">Whether there is a usable endpoint on any node.</param>
internal sealed record EndpointSelection(IReadOnlyList<ProxyEndpoint> Cluster, IReadOnlyList<ProxyEndpoint> Local, bool Any)
{
    private static readonly EndpointSelection Empty = new([], [], false);

    /// <summary>
    /// Ready endpoints; where there is none, those that still serve while they terminate (KEP-1669), independently for both kinds of traffic.
    /// Hints of topology narrow the first choice when every ready endpoint has one and some are meant for here.
    /// </summary>
    public static EndpointSelection Of(IReadOnlyCollection<ProxyEndpoint> endpoints, ServicePort port, NodeView node)
    {
        if (endpoints.Count == 0) return Empty;
        IReadOnlyList<ProxyEndpoint> cluster = [], local = [];
        if (port.UsesClusterEndpoints)
        {
            var ready = endpoints.Where(e => e.Ready).ToList();
            cluster = ready.Count > 0 ? Near(ready, node) : [.. endpoints.Where(IsFallback)];
        }

        if (port.UsesLocalEndpoints)
        {
            var here = endpoints.Where(e => e.NodeName == node.Name).ToList();
            local = [.. here.Where(e => e.Ready)];
            if (local.Count == 0) local = [.. here.Where(IsFallback)];
        }

        return new EndpointSelection(cluster, local, endpoints.Any(e => e.Ready || IsFallback(e)));
    }

    private static bool IsFallback(ProxyEndpoint endpoint) => endpoint is { Serving: true, Terminating: true };

    private static IReadOnlyList<ProxyEndpoint> Near(List<ProxyEndpoint> ready, NodeView node)
    {
        if (ready.All(e => e.NodeHints.Count > 0) && ready.Where(e => e.NodeHints.Contains(node.Name)).ToList() is { Count: > 0 } onNode) return onNode;
        if (ready.All(e => e.ZoneHints.Count > 0) && ready.Where(e => e.ZoneHints.Contains(node.Zone)).ToList() is { Count: > 0 } inZone) return inZone;
        return ready;
    }
}
