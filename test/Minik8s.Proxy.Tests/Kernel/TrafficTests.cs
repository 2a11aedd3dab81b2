using System.Net.Sockets;
using k8s.Models;
using Minik8s.Testing;
using static Minik8s.Proxy.Tests.Kernel.TestNode;
using static Minik8s.Proxy.Tests.Objects;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>Real packets through the table: three servers and a client on a bridge, the node itself and the machine beside it.</summary>
public sealed class TrafficTests : IAsyncLifetime
{
    private const string Ip = "10.43.0.5";
    private TestNode _node = null!;
    private TestPod _client = null!;
    private TestPod[] _servers = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await CreateAsync(4);
        _client = _node.Pods[3];
        _servers = [.. _node.Pods.Take(3).Select(p => p.ServeTcp(8080).ServeUdp(5353))];
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_ClusterIP_is_reached_from_pods_with_their_own_address_and_from_the_node()
    {
        await ServeAsync(Service("web"), _servers[0]);
        Assert.Equal(("pod-0", _client.Address), await From(_client).TcpAsync(Ip, 80));
        Assert.Equal(("pod-0", BridgeAddress), await _node.Host.TcpAsync(Ip, 80));
    }

    [Fact]
    public async Task A_pod_reaches_itself_through_its_service()
    {
        await ServeAsync(Service("web"), _servers[0]);
        Assert.Equal(("pod-0", BridgeAddress), await From(_servers[0]).TcpAsync(Ip, 80));
    }

    [Fact]
    public async Task An_endpoint_on_the_node_itself_is_reached_by_all()
    {
        await using var host = new TestPod("host", _node.Machine.Name, _node.Machine.Address);
        host.ServeTcp(6443);
        var service = Service("api", change: s => s.Type = "NodePort", ports: NodePort(80, 30080));
        _node.Set(service, Slice(service, "a", 6443, At(host)));
        await Eventually.True(async () => (await _node.Host.TcpAsync(Ip, 80)).Server == "host", "the node reaches it");
        Assert.Equal(("host", _client.Address), await From(_client).TcpAsync(Ip, 80));
        Assert.Equal("host", (await Outside.TcpAsync(_node.Machine.Address, 30080)).Server);
    }

    [Fact]
    public async Task Connections_spread_evenly_over_the_endpoints()
    {
        await ServeAsync(Service("web"), _servers);
        const int connections = 600;
        var counts = new Dictionary<string, int>();
        for (var i = 0; i < connections; i++)
        {
            var (server, _) = await From(_client).TcpAsync(Ip, 80);
            counts[server] = counts.GetValueOrDefault(server) + 1;
        }

        const double expected = connections / 3.0;
        var chiSquare = _servers.Sum(s => Math.Pow(counts.GetValueOrDefault(s.Name) - expected, 2) / expected);
        // Two degrees of freedom: an even draw exceeds this once in a million times.
        Assert.True(chiSquare < 27.6, $"χ² = {chiSquare}: {string.Join(", ", counts)}");
    }

    [Fact]
    public async Task A_node_port_is_reached_from_outside_the_node_and_pods_but_not_on_loopback()
    {
        await ServeAsync(Service("web", change: s => s.Type = "NodePort", ports: NodePort(80, 30080)), _servers[0]);
        var address = _node.Machine.Address;
        Assert.Equal(("pod-0", BridgeAddress), await Outside.TcpAsync(address, 30080));
        Assert.Equal("pod-0", (await _node.Host.TcpAsync(address, 30080)).Server);
        Assert.Equal("pod-0", (await From(_client).TcpAsync(address, 30080)).Server);
        Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => _node.Host.TcpAsync("127.0.0.1", 30080))).SocketErrorCode);
    }

    [Fact]
    public async Task ExternalTrafficPolicy_Local_shows_the_clients_address_and_drops_without_local_endpoints()
    {
        var service = Service("web", change: s => (s.Type, s.ExternalTrafficPolicy) = ("NodePort", "Local"), ports: NodePort(80, 30080));
        await ServeAsync(service, _servers[0]);
        var address = _node.Machine.Address;
        Assert.Equal(("pod-0", _node.Machine.Gateway), await Outside.TcpAsync(address, 30080));

        _node.Set(service, Slice(service, "a", 8080, Ready(_servers[1].Address, "node-2")));
        await Eventually.True(async () => (await _node.Host.TcpAsync(address, 30080)).Server == "pod-1", "the node itself is led to the endpoint of another node");
        Assert.Equal("pod-1", (await From(_client).TcpAsync(address, 30080)).Server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Outside.TcpAsync(address, 30080, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task External_and_load_balancer_addresses_lead_in_and_source_ranges_keep_others_out()
    {
        var service = Service("web", change: s => (s.Type, s.ExternalIPs, s.LoadBalancerSourceRanges) = ("LoadBalancer", ["203.0.113.7"], [_client.Address + "/32"]));
        service.Status = new V1ServiceStatus { LoadBalancer = new V1LoadBalancerStatus { Ingress = [new() { Ip = "192.0.2.9" }] } };
        await ServeAsync(service, _servers[0]);
        Assert.Equal("pod-0", (await From(_client).TcpAsync("203.0.113.7", 80)).Server);
        Assert.Equal("pod-0", (await From(_servers[1]).TcpAsync("203.0.113.7", 80)).Server);
        Assert.Equal("pod-0", (await From(_client).TcpAsync("192.0.2.9", 80)).Server);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => From(_servers[1]).TcpAsync("192.0.2.9", 80, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public async Task A_service_without_endpoints_refuses_at_once_and_the_others_go_on()
    {
        var empty = Service("empty", "10.43.0.6");
        var emptyUdp = Service("empty-udp", "10.43.0.7", ports: new V1ServicePort { Port = 53, Protocol = "UDP" });
        _node.Set(empty, Slice(empty, "e", 8080));
        _node.Set(emptyUdp, Slice(emptyUdp, "u", 5353));
        await ServeAsync(Service("web"), _servers[0]);

        // The node itself is told by its own kernel that it may not send.
        foreach (var (client, refusal) in new[] { (From(_client), SocketError.ConnectionRefused), (_node.Host, SocketError.AccessDenied) })
        {
            Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => client.TcpAsync("10.43.0.6", 80))).SocketErrorCode);
            using var udp = client.Udp("10.43.0.7", 53);
            Assert.Equal(refusal, (await Assert.ThrowsAsync<SocketException>(() => TestClient.AskAsync(udp))).SocketErrorCode);
            // A port that the address does not have.
            Assert.Equal(SocketError.ConnectionRefused, (await Assert.ThrowsAsync<SocketException>(() => client.TcpAsync(Ip, 81))).SocketErrorCode);
        }

        Assert.Equal("pod-0", (await From(_client).TcpAsync(Ip, 80)).Server);
    }

    [Fact]
    public async Task Session_affinity_holds_over_connections_and_a_restart_and_ends_with_its_endpoint()
    {
        var service = Service("web", change: s => s.SessionAffinity = "ClientIP");
        await ServeAsync(service, _servers);
        var (first, _) = await From(_client).TcpAsync(Ip, 80);
        for (var i = 0; i < 15; i++) Assert.Equal(first, (await From(_client).TcpAsync(Ip, 80)).Server);

        await _node.StopProxyAsync();
        _node.StartProxy();
        await Eventually.True(() => Task.FromResult(_node.Nftables!.Runs.Count > 1), "the proxy has written its table again");
        for (var i = 0; i < 15; i++) Assert.Equal(first, (await From(_client).TcpAsync(Ip, 80)).Server);

        var rest = _servers.Where(s => s.Name != first).ToArray();
        _node.Set(service, Slice(service, "a", 8080, At(rest)));
        await Eventually.True(async () => (await From(_client).TcpAsync(Ip, 80)).Server != first, "another endpoint takes over");
        var (second, _) = await From(_client).TcpAsync(Ip, 80);
        for (var i = 0; i < 15; i++) Assert.Equal(second, (await From(_client).TcpAsync(Ip, 80)).Server);
    }

    [Fact]
    public async Task Session_affinity_ends_after_its_time()
    {
        var service = Service("web", change: s => (s.SessionAffinity, s.SessionAffinityConfig) = ("ClientIP", new V1SessionAffinityConfig { ClientIP = new V1ClientIPConfig { TimeoutSeconds = 1 } }));
        await ServeAsync(service, _servers);
        await From(_client).TcpAsync(Ip, 80);
        var listed = await _node.NftAsync("list", "sets", "table", "ip", Table);
        Assert.Contains(_client.Address, listed);
        await Eventually.True(async () => !(await _node.NftAsync("list", "sets", "table", "ip", Table)).Contains($"{_client.Address} "), "the client is forgotten", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task A_UDP_flow_leaves_an_endpoint_that_is_gone()
    {
        var service = Service("dns", ports: new V1ServicePort { Port = 53, Protocol = "UDP" });
        _node.Set(service, Slice(service, "a", 5353, At(_servers[0])));
        using var flow = From(_client).Udp(Ip, 53);
        await Eventually.True(async () => await TestClient.AskAsync(flow, TimeSpan.FromSeconds(1)) == "pod-0", "the first endpoint answers");

        _node.Set(service, Slice(service, "a", 5353, At(_servers[0], _servers[1])));
        await Eventually.True(() => Task.FromResult(_node.Nftables!.Runs[^1].Commands.Contains("balance-2")), "the second endpoint is there");
        // It stays where it is as long as that endpoint serves.
        for (var i = 0; i < 10; i++) Assert.Equal("pod-0", await TestClient.AskAsync(flow));

        _node.Set(service, Slice(service, "a", 5353, At(_servers[1])));
        await Eventually.True(async () => await TestClient.AskAsync(flow, TimeSpan.FromSeconds(1)) == "pod-1", "the same flow is answered by the endpoint that is left");
    }

    private async Task ServeAsync(V1Service service, params TestPod[] pods)
    {
        _node.Set(service, Slice(service, service.Metadata.Name, 8080, At(pods)));
        await Eventually.True(async () => (await _node.Host.TcpAsync(Ip, 80, TimeSpan.FromSeconds(1))).Server.Length > 0, "the service is reached");
    }
}
