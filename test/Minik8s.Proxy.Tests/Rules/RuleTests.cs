using k8s.Models;
using static Minik8s.Proxy.Tests.Objects;

namespace Minik8s.Proxy.Tests.Rules;

/// <summary>Objects in, table out.</summary>
public sealed class RuleTests
{
    private const string ClusterIp = "10.43.0.5 . tcp . 80";
    private const string NodePort30080 = "192.168.1.10 . tcp . 30080";

    private readonly TestTable _table = new();

    [Fact]
    public void A_ClusterIP_leads_to_each_ready_endpoint_with_the_same_chance()
    {
        var service = Service("web");
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2"), NotReady("10.42.0.3"), Ready("10.42.0.4")));

        Assert.Equal("goto internal-2", _table[$"services {ClusterIp}"]);
        Assert.Equal("ip saddr != 10.42.0.0/16 jump mark-for-masquerade\ngoto balance-2", _table["chain internal-2"]);
        Assert.Equal("numgen random mod 2 vmap { 0 : goto endpoint-0, 1 : goto endpoint-1 }", _table["chain balance-2"]);
        Assert.Equal("10.42.0.2 . 8080", _table[$"endpoints-0 {ClusterIp}"]);
        Assert.Equal("10.42.0.4 . 8080", _table[$"endpoints-1 {ClusterIp}"]);
        Assert.NotNull(_table["hairpin 10.42.0.2 . 10.42.0.2"]);
        Assert.NotNull(_table["cluster-ips 10.43.0.5"]);
        Assert.DoesNotContain("no-endpoints", string.Join('\n', _table.Content.Keys));
    }

    [Fact]
    public void Services_with_the_same_number_of_endpoints_share_their_chains()
    {
        foreach (var i in Enumerable.Range(1, 20))
        {
            var service = Service($"s{i}", $"10.43.1.{i}");
            _table.Set(service, Slice(service, $"s{i}", 80, Ready($"10.42.1.{i}"), Ready($"10.42.2.{i}"), Ready($"10.42.3.{i}")));
        }

        Assert.Equal(5, _table.Content.Keys.Count(k => k.StartsWith("chain ")));
        Assert.Equal(3, _table.Content.Keys.Count(k => k.StartsWith("map ")));
    }

    [Fact]
    public void A_service_without_endpoints_refuses_on_all_of_its_addresses()
    {
        var service = Service("web", change: s => (s.Type, s.ExternalIPs) = ("NodePort", ["203.0.113.7"]), ports: NodePort(80, 30080));
        _table.Set(service, Slice(service, "a", 8080, NotReady("10.42.0.3")));

        Assert.Equal("goto reject-service", _table[$"no-endpoints {ClusterIp}"]);
        Assert.Equal("goto reject-service", _table["no-endpoints 203.0.113.7 . tcp . 80"]);
        Assert.Equal("goto reject-service", _table[$"no-endpoints {NodePort30080}"]);
        Assert.DoesNotContain(_table.Content.Keys, k => k.StartsWith("services "));
    }

    [Fact]
    public void Addresses_for_outside_clients_masquerade()
    {
        var service = Service("web", change: s => (s.Type, s.ExternalIPs) = ("LoadBalancer", ["203.0.113.7"]), ports: NodePort(80, 30080));
        service.Status = new V1ServiceStatus
        {
            LoadBalancer = new V1LoadBalancerStatus { Ingress = [new() { Ip = "192.0.2.9" }, new() { Ip = "192.0.2.10", IpMode = "Proxy" }] },
        };
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2")));

        foreach (var key in new[] { "203.0.113.7 . tcp . 80", "192.0.2.9 . tcp . 80", NodePort30080 })
        {
            Assert.Equal("goto external-1", _table[$"services {key}"]);
            Assert.Equal("10.42.0.2 . 8080", _table[$"endpoints-0 {key}"]);
        }

        Assert.Equal("jump mark-for-masquerade\ngoto balance-1", _table["chain external-1"]);
        Assert.Null(_table["services 192.0.2.10 . tcp . 80"]);
    }

    [Fact]
    public void ExternalTrafficPolicy_Local_keeps_outside_clients_on_the_node_and_leads_the_node_itself_anywhere()
    {
        var service = Service("web", change: s => (s.Type, s.ExternalTrafficPolicy) = ("NodePort", "Local"), ports: NodePort(80, 30080));
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2", "node-1"), Ready("10.42.1.2", "node-2")));

        Assert.Equal("goto internal-2", _table[$"services {ClusterIp}"]);
        Assert.Equal("goto external-local", _table[$"services {NodePort30080}"]);
        Assert.Equal("goto balance-2", _table[$"cluster-policy {NodePort30080}"]);
        Assert.Equal("goto balance-local-1", _table[$"local-policy {NodePort30080}"]);
        Assert.Equal("10.42.0.2 . 8080", _table[$"local-endpoints-0 {NodePort30080}"]);

        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.1.2", "node-2")));
        Assert.Null(_table[$"local-policy {NodePort30080}"]);
        Assert.Equal("drop", _table[$"no-endpoints {NodePort30080}"]);
        Assert.Equal("goto balance-1", _table[$"cluster-policy {NodePort30080}"]);
    }

    [Fact]
    public void InternalTrafficPolicy_Local_uses_endpoints_of_this_node_and_drops_where_there_are_none()
    {
        var service = Service("web", change: s => s.InternalTrafficPolicy = "Local");
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2", "node-1"), Ready("10.42.1.2", "node-2")));
        Assert.Equal("goto internal-local-1", _table[$"services {ClusterIp}"]);
        Assert.Equal("10.42.0.2 . 8080", _table[$"local-endpoints-0 {ClusterIp}"]);

        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.1.2", "node-2")));
        Assert.Equal("drop", _table[$"no-endpoints {ClusterIp}"]);
        Assert.Null(_table[$"services {ClusterIp}"]);
    }

    [Fact]
    public void Endpoints_that_still_serve_while_they_terminate_are_the_last_resort()
    {
        var service = Service("web");
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2"), Draining("10.42.0.3")));
        Assert.Equal("goto internal-1", _table[$"services {ClusterIp}"]);
        Assert.Equal("10.42.0.2 . 8080", _table[$"endpoints-0 {ClusterIp}"]);

        _table.Set(service, Slice(service, "a", 8080, NotReady("10.42.0.2"), Draining("10.42.0.3")));
        Assert.Equal("10.42.0.3 . 8080", _table[$"endpoints-0 {ClusterIp}"]);
    }

    [Fact]
    public void Session_affinity_looks_for_the_client_before_it_draws()
    {
        var service = Service("web", change: s => (s.SessionAffinity, s.SessionAffinityConfig) = ("ClientIP", new V1SessionAffinityConfig { ClientIP = new V1ClientIPConfig { TimeoutSeconds = 60 } }));
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2"), Ready("10.42.0.3")));

        Assert.Equal("goto internal-ns/web/tcp/", _table[$"services {ClusterIp}"]);
        Assert.Equal("type ipv4_addr; flags dynamic,timeout; timeout 60s;", _table["set affinity-60/ns/web/tcp/__10.42.0.2/8080"]);
        Assert.Equal(
            """
            ip saddr @affinity-60/ns/web/tcp/__10.42.0.2/8080 goto endpoint/ns/web/tcp/__10.42.0.2/8080
            ip saddr @affinity-60/ns/web/tcp/__10.42.0.3/8080 goto endpoint/ns/web/tcp/__10.42.0.3/8080
            numgen random mod 2 vmap { 0 : goto endpoint/ns/web/tcp/__10.42.0.2/8080, 1 : goto endpoint/ns/web/tcp/__10.42.0.3/8080 }
            """,
            _table["chain balance-ns/web/tcp/"]);
        Assert.Equal("update @affinity-60/ns/web/tcp/__10.42.0.2/8080 { ip saddr }\nmeta l4proto tcp dnat ip to 10.42.0.2:8080", _table["chain endpoint/ns/web/tcp/__10.42.0.2/8080"]);
    }

    [Fact]
    public void Several_ports_and_protocols_go_to_their_own_target_ports()
    {
        var service = Service(
            "dns", ports:
            [
                new V1ServicePort { Name = "dns", Port = 53, Protocol = "UDP" }, new V1ServicePort { Name = "dns-tcp", Port = 53, Protocol = "TCP" },
                new V1ServicePort { Name = "sctp", Port = 53, Protocol = "SCTP" },
            ]);
        _table.Set(service, Slice(
            service, "a",
            [
                new() { Name = "dns", Port = 5353, Protocol = "UDP" }, new() { Name = "dns-tcp", Port = 5354, Protocol = "TCP" }, new() { Name = "sctp", Port = 5355, Protocol = "SCTP" },
            ],
            [Ready("10.42.0.2")]));

        Assert.Equal("10.42.0.2 . 5353", _table["endpoints-0 10.43.0.5 . udp . 53"]);
        Assert.Equal("10.42.0.2 . 5354", _table["endpoints-0 10.43.0.5 . tcp . 53"]);
        Assert.Equal("10.42.0.2 . 5355", _table["endpoints-0 10.43.0.5 . sctp . 53"]);
    }

    [Fact]
    public void Source_ranges_guard_the_load_balancers_address_and_nested_ones_are_one()
    {
        var service = Service("web", change: s => (s.Type, s.LoadBalancerSourceRanges) = ("LoadBalancer", ["198.51.100.0/24", "198.51.100.7/32", "203.0.113.0/24"]));
        service.Status = new V1ServiceStatus { LoadBalancer = new V1LoadBalancerStatus { Ingress = [new() { Ip = "192.0.2.9" }] } };
        _table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2")));

        Assert.NotNull(_table["firewall 192.0.2.9 . tcp . 80"]);
        Assert.Equal(
            ["firewall-sources 192.0.2.9 . tcp . 80 . 198.51.100.0/24", "firewall-sources 192.0.2.9 . tcp . 80 . 203.0.113.0/24"],
            _table.Content.Keys.Where(k => k.StartsWith("firewall-sources")).Order());
        Assert.Null(_table[$"firewall {ClusterIp}"]);
    }

    [Fact]
    public void Hints_of_zone_and_node_narrow_the_choice_when_every_ready_endpoint_has_one()
    {
        var service = Service("web");
        var near = Ready("10.42.0.2") with { Hints = new V1EndpointHints { ForZones = [new V1ForZone { Name = "zone-a" }] } };
        var far = Ready("10.42.1.2") with { Hints = new V1EndpointHints { ForZones = [new V1ForZone { Name = "zone-b" }] } };
        _table.Set(service, Slice(service, "a", 8080, near, far));
        Assert.Equal("goto internal-1", _table[$"services {ClusterIp}"]);
        Assert.Equal("10.42.0.2 . 8080", _table[$"endpoints-0 {ClusterIp}"]);

        _table.Set(service, Slice(service, "a", 8080, near, far, Ready("10.42.2.2")));
        Assert.Equal("goto internal-3", _table[$"services {ClusterIp}"]);

        var here = Ready("10.42.0.3") with { Hints = new V1EndpointHints { ForNodes = [new V1ForNode { Name = "node-1" }] } };
        var there = Ready("10.42.1.3") with { Hints = new V1EndpointHints { ForNodes = [new V1ForNode { Name = "node-2" }] } };
        _table.Set(service, Slice(service, "a", 8080, here, there));
        Assert.Equal("10.42.0.3 . 8080", _table[$"endpoints-0 {ClusterIp}"]);
        Assert.Equal("goto internal-1", _table[$"services {ClusterIp}"]);
    }

    [Theory]
    [InlineData("None", "ClusterIP")]
    [InlineData("", "ExternalName")]
    [InlineData("fd00::5", "ClusterIP")]
    public void Services_without_a_virtual_IPv4_address_leave_no_trace(string clusterIp, string type)
    {
        var service = Service("web", clusterIp, s => s.Type = type);
        Assert.True(_table.Set(service, Slice(service, "a", 8080, Ready("10.42.0.2"))).IsEmpty);
        Assert.Empty(_table.Content);
    }

    [Fact]
    public void Malformed_parts_of_slices_are_left_out()
    {
        var service = Service("web");
        var other = Slice(service, "b", 8080, Ready("fd00::2")) with { AddressType = "IPv6" };
        _table.Set(
            service, other, Slice(service, "a", 8080, Ready("nonsense"), Ready("fd00::3"), new V1Endpoint { Addresses = [] }, Ready("10.42.0.9")),
            Slice(service, "c", [new() { Name = "", Protocol = "TCP" }], [Ready("10.42.0.8")]));
        Assert.Equal("goto internal-1", _table[$"services {ClusterIp}"]);
        Assert.Equal("10.42.0.9 . 8080", _table[$"endpoints-0 {ClusterIp}"]);
    }

    [Fact]
    public void An_endpoint_in_two_slices_counts_once()
    {
        var service = Service("web");
        _table.Set(service, Slice(service, "a", 8080, NotReady("10.42.0.2")), Slice(service, "b", 8080, Ready("10.42.0.2")));
        Assert.Equal("goto internal-1", _table[$"services {ClusterIp}"]);
    }
}
