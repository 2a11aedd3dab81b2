using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.ControlLoop;
using Minik8s.Proxy.Health;

namespace Minik8s.Proxy.Tests.Health;

/// <summary>What probes are told.</summary>
public sealed class HealthTests
{
    private static readonly ObjectKey Web = new("ns", "web");
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public async Task A_health_check_port_tells_how_many_endpoints_the_node_has()
    {
        var health = new ProxyHealth(_time);
        health.Updated();
        await using var checks = new ServiceHealthChecks(health, null, NullLogger.Instance);
        var port = FreePort();

        await checks.SetAsync(Web, port, 2);
        var (status, body) = await GetAsync(port, "/");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("web", (string?)body["service"]!["name"]);
        Assert.Equal("ns", (string?)body["service"]!["namespace"]);
        Assert.Equal(2, (int)body["localEndpoints"]!);
        Assert.True((bool)body["serviceProxyHealthy"]!);

        await checks.SetAsync(Web, port, 0);
        (status, body) = await GetAsync(port, "/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(0, (int)body["localEndpoints"]!);

        await checks.SetAsync(Web, 0, 0);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(port, "/"));
    }

    [Fact]
    public async Task A_health_check_port_that_is_taken_is_told_and_tried_again()
    {
        var health = new ProxyHealth(_time);
        health.Updated();
        await using var checks = new ServiceHealthChecks(health, null, NullLogger.Instance);
        int port;
        using (var other = new TcpListener(IPAddress.Any, 0))
        {
            other.Start();
            port = ((IPEndPoint)other.LocalEndpoint).Port;
            await checks.SetAsync(Web, port, 1);
        }

        await checks.SetAsync(Web, port, 1);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(port, "/")).Status);
    }

    [Fact]
    public async Task Healthz_fails_when_changes_wait_too_long_or_the_node_leaves_and_livez_only_for_the_first()
    {
        var health = new ProxyHealth(_time);
        await using var server = await HealthServer.StartAsync(0, health.Answer);
        Assert.Equal((200, 200), await BothAsync());

        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal((503, 503), await BothAsync());
        health.Updated();
        Assert.Equal((200, 200), await BothAsync());

        _time.Advance(TimeSpan.FromHours(5));
        health.Queued();
        _time.Advance(TimeSpan.FromSeconds(30));
        health.Queued();
        Assert.Equal((200, 200), await BothAsync());
        _time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal((503, 503), await BothAsync());

        health.Updated();
        health.SetNode(new V1Node { Metadata = new V1ObjectMeta(), Spec = new V1NodeSpec { Taints = [new V1Taint { Key = "ToBeDeletedByClusterAutoscaler", Effect = "NoSchedule" }] } });
        Assert.Equal((503, 200), await BothAsync());
        health.SetNode(null);
        Assert.Equal((200, 200), await BothAsync());

        using var http = new HttpClient();
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"http://127.0.0.1:{server.Port}/other", TestContext.Current.CancellationToken)).StatusCode);

        async Task<(int Healthz, int Livez)> BothAsync() => ((int)(await GetAsync(server.Port, "/healthz")).Status, (int)(await GetAsync(server.Port, "/livez")).Status);
    }

    private static int FreePort()
    {
        using var socket = new TcpListener(IPAddress.Loopback, 0);
        socket.Start();
        return ((IPEndPoint)socket.LocalEndpoint).Port;
    }

    private static async Task<(HttpStatusCode Status, JsonNode Body)> GetAsync(int port, string path)
    {
        using var http = new HttpClient();
        using var response = await http.GetAsync($"http://127.0.0.1:{port}{path}");
        return (response.StatusCode, JsonNode.Parse(await response.Content.ReadAsStringAsync())!);
    }
}
