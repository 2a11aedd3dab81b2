using Minik8s.Proxy.Model;

namespace Minik8s.Proxy.Rules;

/// <summary>All that one service wants to have in the table.</summary>
internal sealed class ServiceRules
{
    /// <summary>What each address and port leads to, as <c>address . protocol . port</c>. Only one service can have it.</summary>
    public Dictionary<string, List<KeyValuePair<TableItem, string>>> Frontends { get; } = [];

    /// <summary>What several services may want alike.</summary>
    public Dictionary<TableItem, string> Shared { get; } = [];

    /// <summary>In what place each endpoint stands, so that the next state changes as few places as can be.</summary>
    public Dictionary<(ServicePortName Port, bool Local), IReadOnlyList<ProxyEndpoint>> Places { get; } = [];

    /// <summary>The UDP addresses and ports, and the endpoints that may go on answering there.</summary>
    public List<UdpFrontend> Udp { get; } = [];
}
