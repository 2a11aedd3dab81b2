using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Minik8s.Store;
using Minik8s.Store.Etcd;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;
using Minik8s.Testing.Etcd;

namespace Minik8s.Integration;

/// <summary>Two API servers on one etcd.</summary>
public sealed class SeveralServersTests
{
    private static readonly IPAddress SecondAddress = IPAddress.Parse("127.0.0.2");

    [Fact]
    public async Task What_is_written_through_one_server_is_read_through_the_other_at_once()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var first = await TestControlPlane.StartAsync(etcd);
        await using var second = await first.StartPeerAsync(SecondAddress);
        using var one = first.Client();
        using var other = second.Client();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 15; i++)
            {
                var (writes, reads) = i % 2 == 0 ? (one, other) : (other, one);
                var revision = await CreateAsync(writes, $"m-{w}-{i}");
                Assert.Equal(revision, await RevisionAsync(reads, $"m-{w}-{i}"));
                var list = await reads.GetStringAsync("/api/v1/namespaces/default/configmaps");
                Assert.Contains($"\"m-{w}-{i}\"", list);
                (await writes.DeleteAsync($"/api/v1/namespaces/default/configmaps/m-{w}-{i}")).EnsureSuccessStatusCode();
                using var gone = await reads.GetAsync($"/api/v1/namespaces/default/configmaps/m-{w}-{i}");
                Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
            }
        })));
        Assert.Empty(first.Errors.Entries);
        Assert.Empty(second.Errors.Entries);
    }

    [Fact]
    public async Task Two_servers_never_give_the_same_address_or_port_to_two_services()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var first = await TestControlPlane.StartAsync(etcd);
        await using var second = await first.StartPeerAsync(SecondAddress);
        using var one = first.Client();
        using var other = second.Client();
        // A range of 16 addresses and ports to draw from would be crowded; asking for the same ones through both at once is the same race.
        var accepted = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => ServiceAsync(i % 2 == 0 ? one : other, $"s-{i}", $"10.43.1.{1 + (i / 2)}", 30100 + (i / 2))));
        Assert.Equal(30, accepted.Count(a => a));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => ServiceAsync(i % 2 == 0 ? one : other, $"d-{i}", null, null)));
        var services = JsonDocument.Parse(await one.GetStringAsync("/api/v1/namespaces/default/services")).RootElement.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("spec")).ToList();
        var addresses = services.Select(s => s.GetProperty("clusterIP").GetString()).ToList();
        var ports = services.SelectMany(s => s.GetProperty("ports").EnumerateArray()).Where(p => p.TryGetProperty("nodePort", out _)).Select(p => p.GetProperty("nodePort").GetInt32()).ToList();
        Assert.Equal(71, addresses.Count);
        Assert.Equal(addresses.Count, addresses.Distinct().Count());
        Assert.Equal(ports.Count, ports.Distinct().Count());

        // What a service gives back is there for the next one at once, through either server.
        var name = accepted[0] ? "s-0" : "s-1";
        (await one.DeleteAsync($"/api/v1/namespaces/default/services/{name}")).EnsureSuccessStatusCode();
        await Eventually.True(() => ServiceAsync(other, "next", "10.43.1.1", 30100), "the address is free again", TimeSpan.FromSeconds(10));
        Assert.Empty(first.Errors.Entries);
        Assert.Empty(second.Errors.Entries);
    }

    private static async Task<bool> ServiceAsync(HttpClient client, string name, string? address, int? port)
    {
        var (ip, number) = (address is null ? "" : $"\"clusterIP\":\"{address}\",", port is null ? "" : $",\"nodePort\":{port}");
        var manifest = $"{{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{{\"name\":\"{name}\"}},\"spec\":{{\"type\":\"NodePort\",{ip}\"ports\":[{{\"port\":80{number}}}]}}}}";
        using var answer = await client.PostAsync("/api/v1/namespaces/default/services", new StringContent(manifest, Encoding.UTF8, "application/json"));
        if (answer.StatusCode == HttpStatusCode.Created) return true;
        Assert.Contains("already allocated", await answer.Content.ReadAsStringAsync());
        return false;
    }

    [Fact]
    public async Task The_endpoints_of_the_service_kubernetes_are_the_servers_that_live()
    {
        await using var etcd = await EtcdCluster.StartAsync();
        await using var first = await TestControlPlane.StartAsync(etcd);
        using var http = first.Client();
        Assert.Equal(["192.0.2.1"], await EndpointsAsync(http));
        await using (await first.StartPeerAsync(SecondAddress))
        {
            await Eventually.True(async () => (await EndpointsAsync(http)).SequenceEqual(["192.0.2.1", "192.0.2.2"]), "both servers are listed");
            await Eventually.True(async () => (await SliceAsync(http)).SequenceEqual(["192.0.2.1", "192.0.2.2"]), "the slice lists both");
        }

        // One that was told to stop has taken itself out.
        await Eventually.True(async () => (await EndpointsAsync(http)).SequenceEqual(["192.0.2.1"]), "one server is listed", TimeSpan.FromSeconds(10));
        // One that died has a lease that ends.
        await using var store = await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = etcd.Endpoints }, null, default);
        await store.WriteAsync(new WriteRequest("/registry/masterleases/192.0.2.3", "{}"u8.ToArray(), null, TimeSpan.FromSeconds(2)), default);
        await Eventually.True(async () => (await EndpointsAsync(http)).SequenceEqual(["192.0.2.1", "192.0.2.3"]), "a new server is listed");
        await Eventually.True(async () => (await EndpointsAsync(http)).SequenceEqual(["192.0.2.1"]), "a dead server is not");
        await Eventually.True(async () => (await SliceAsync(http)).SequenceEqual(["192.0.2.1"]), "the slice follows");
    }

    [Fact]
    public async Task The_death_of_etcds_leader_under_load_loses_no_acknowledged_write_and_shows_nothing_old()
    {
        await using var etcd = await EtcdCluster.StartAsync(3, null, "--heartbeat-interval", "50", "--election-timeout", "500");
        await using var first = await TestControlPlane.StartAsync(etcd);
        await using var second = await first.StartPeerAsync(SecondAddress);
        using var one = first.Client();
        using var other = second.Client();
        var acknowledged = new ConcurrentDictionary<string, long>();
        using var done = new CancellationTokenSource();
        var working = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            var (writes, reads) = w % 2 == 0 ? (one, other) : (other, one);
            for (var i = 0; !done.IsCancellationRequested; i++)
            {
                var name = $"m-{w}-{i}";
                if (await CreateAsync(writes, name) is not { } revision) continue;
                acknowledged[name] = revision;
                if (await RevisionAsync(reads, name) is { } read) Assert.Equal(revision, read);
            }
        })).ToList();
        async Task ProgressAsync(string when)
        {
            var watch = Stopwatch.StartNew();
            var before = acknowledged.Count;
            await Eventually.True(() => Task.FromResult(acknowledged.Count >= before + 40), $"writes go on {when}", TimeSpan.FromSeconds(15));
            TestContext.Current.TestOutputHelper?.WriteLine($"{when}: 40 writes after {watch.Elapsed.TotalSeconds:0.0} s");
        }

        await ProgressAsync("before");
        await (await etcd.LeaderAsync()).KillAsync();
        await ProgressAsync("without the leader");
        await done.CancelAsync();
        await Task.WhenAll(working);
        using var list = JsonDocument.Parse(await one.GetStringAsync("/api/v1/namespaces/default/configmaps"));
        var present = list.RootElement.GetProperty("items").EnumerateArray().ToDictionary(
            i => i.GetProperty("metadata").GetProperty("name").GetString()!, i => long.Parse(i.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, null));
        foreach (var (name, revision) in acknowledged) Assert.Equal(revision, present.GetValueOrDefault(name));
    }

    /// <summary>The revision of the new object; null when the server could not say.</summary>
    private static async Task<long?> CreateAsync(HttpClient http, string name)
    {
        using var body = new StringContent($"{{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{{\"name\":\"{name}\"}}}}", Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/api/v1/namespaces/default/configmaps", body);
        return await RevisionAsync(answer, HttpStatusCode.Created);
    }

    private static async Task<long?> RevisionAsync(HttpClient http, string name)
    {
        using var answer = await http.GetAsync($"/api/v1/namespaces/default/configmaps/{name}");
        return await RevisionAsync(answer, HttpStatusCode.OK);
    }

    private static async Task<long?> RevisionAsync(HttpResponseMessage answer, HttpStatusCode expected)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout) return null;
        Assert.True(answer.StatusCode == expected, text);
        using var json = JsonDocument.Parse(text);
        return long.Parse(json.RootElement.GetProperty("metadata").GetProperty("resourceVersion").GetString()!, null);
    }

    private static async Task<List<string>> EndpointsAsync(HttpClient http)
    {
        using var json = JsonDocument.Parse(await http.GetStringAsync("/api/v1/namespaces/default/endpoints/kubernetes"));
        return [.. json.RootElement.GetProperty("subsets")[0].GetProperty("addresses").EnumerateArray().Select(a => a.GetProperty("ip").GetString()!)];
    }

    private static async Task<List<string>> SliceAsync(HttpClient http)
    {
        using var json = JsonDocument.Parse(await http.GetStringAsync("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes"));
        return [.. json.RootElement.GetProperty("endpoints").EnumerateArray().Select(a => a.GetProperty("addresses")[0].GetString()!)];
    }
}
