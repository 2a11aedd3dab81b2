using System.Net;

namespace Minik8s.Proxy.Model;

/// <summary>Where a service port leads: an address and a port, as slices give them.</summary>
internal sealed record ProxyEndpoint
{
    public required IPAddress Address { get; init; }

    public required int Port { get; init; }

    /// <summary>Empty where no node is known.</summary>
    public string NodeName { get; init; } = "";

    public bool Ready { get; init; } = true;

    public bool Serving { get; init; } = true;

    public bool Terminating { get; init; }

    /// <summary>The nodes whose traffic it is meant for; empty: no hint.</summary>
    public IReadOnlyList<string> NodeHints { get; init; } = [];

    /// <summary>The zones whose traffic it is meant for; empty: no hint.</summary>
    public IReadOnlyList<string> ZoneHints { get; init; } = [];

    /// <summary>Address and port as nftables writes them.</summary>
    public string Target { get; private init; } = "";

    public static ProxyEndpoint At(IPAddress address, int port) => new() { Address = address, Port = port, Target = $"{address} . {port}" };
}
