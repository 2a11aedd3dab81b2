using System.Diagnostics;
using System.Text;
using k8s.Models;
using Minik8s.Testing;
using static Minik8s.Proxy.Tests.Kernel.TestNode;
using static Minik8s.Proxy.Tests.Objects;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>The table over time: changes, restarts, disturbances, many services.</summary>
public sealed class TableLifeTests : IAsyncLifetime
{
    private const string Ip = "10.43.0.5";
    private readonly V1Service _web = Service("web");
    private TestNode _node = null!;

    public async ValueTask InitializeAsync()
    {
        _node = await CreateAsync(3);
        foreach (var pod in _node.Pods) pod.ServeTcp(8080);
        _node.Set(_web, Slice(_web, "a", 8080, At(_node.Pods[0])));
        await ReachedAsync();
    }

    public ValueTask DisposeAsync() => _node.DisposeAsync();

    [Fact]
    public async Task A_change_of_endpoints_is_seen_well_within_a_second()
    {
        foreach (var pod in new[] { _node.Pods[1], _node.Pods[0], _node.Pods[1] })
        {
            var watch = Stopwatch.StartNew();
            _node.Set(_web, Slice(_web, "a", 8080, At(pod)));
            await Eventually.True(async () => (await _node.Host.TcpAsync(Ip, 80)).Server == pod.Name, $"{pod.Name} answers");
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1), $"it took {watch.Elapsed}");
        }
    }

    [Fact]
    public async Task Changes_and_restarts_of_the_proxy_interrupt_no_one()
    {
        using var connection = await From(_node.Pods[2]).ConnectAsync(Ip, 80);
        using var reader = new StreamReader(connection.GetStream());
        Assert.StartsWith("pod-0", await reader.ReadLineAsync());
        using var done = new CancellationTokenSource();
        var asking = AskAsync(done.Token);

        for (var i = 0; i < 5; i++)
        {
            var other = Service($"other-{i}", $"10.43.1.{i}");
            _node.Set(other, Slice(other, $"o{i}", 80, Ready("10.42.0.77"), Ready("10.42.0.78")));
            _node.Set(_web, Slice(_web, "a", 8080, At([.. _node.Pods.Take((i % 2) + 1)])));
            await _node.StopProxyAsync();
            _node.StartProxy();
            await Eventually.True(() => Task.FromResult(_node.Nftables!.Runs.Count > 1), "the table is written");
        }

        await done.CancelAsync();
        Assert.True(await asking > 20);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes("still here\n"));
        Assert.Equal("still here", await reader.ReadLineAsync());

        async Task<int> AskAsync(CancellationToken stop)
        {
            // Any refused connection fails the test.
            var count = 0;
            for (; !stop.IsCancellationRequested; count++) await From(_node.Pods[2]).TcpAsync(Ip, 80);
            return count;
        }
    }

    [Theory]
    [InlineData("delete table ip minik8s-proxy")]
    [InlineData("flush ruleset")]
    [InlineData("flush chain ip minik8s-proxy services")]
    [InlineData("flush map ip minik8s-proxy services")]
    public async Task What_another_program_destroys_is_repaired_within_seconds(string command)
    {
        await _node.NftAsync(command.Split(' '));
        await ReachedAsync(TimeSpan.FromSeconds(5));
        await _node.NftAsync(command.Split(' '));
        await ReachedAsync(TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task What_a_removed_service_had_is_gone_and_an_earlier_lifes_remains_are_cleared_at_the_start()
    {
        var sticky = Service("sticky", "10.43.0.8", s => s.SessionAffinity = "ClientIP");
        _node.Set(sticky, Slice(sticky, "s", 8080, At(_node.Pods[1], _node.Pods[2])));
        await Eventually.True(async () => (await _node.Host.TcpAsync("10.43.0.8", 80)).Server.Length > 0, "the sticky service is reached");
        Assert.Contains("ns/sticky", await ListAsync());
        _node.Remove(sticky);
        await Eventually.True(async () => !(await ListAsync()).Contains("ns/sticky"), "chains and sets of the service are gone");

        _node.Set(sticky, Slice(sticky, "s", 8080, At(_node.Pods[1], _node.Pods[2])));
        await Eventually.True(async () => (await ListAsync()).Contains("ns/sticky"), "the service is back");
        await _node.StopProxyAsync();
        _node.Remove(sticky);
        _node.StartProxy();
        await Eventually.True(async () => !(await ListAsync()).Contains("ns/sticky"), "the start has cleared what is no more");
        await ReachedAsync();
    }

    [Fact]
    public async Task A_table_of_the_same_name_that_does_not_fit_is_replaced()
    {
        await _node.StopProxyAsync();
        await _node.NftAsync("delete", "table", "ip", Table);
        await _node.NftAsync("add table ip minik8s-proxy; add set ip minik8s-proxy services { type ipv4_addr; }");
        _node.StartProxy();
        await ReachedAsync();
    }

    [Fact]
    public async Task The_table_goes_with_its_removal_and_removing_it_twice_is_no_error()
    {
        await _node.StopProxyAsync();
        const string commands = $"table ip {Table}\ndelete table ip {Table}\n";
        await _node.NftAsync(commands);
        await _node.NftAsync(commands);
        Assert.Equal("", await _node.NftAsync("list", "ruleset"));
    }

    [Fact]
    public async Task A_thousand_services_are_one_transaction_and_a_change_among_them_a_small_one()
    {
        await _node.StopProxyAsync();
        for (var i = 0; i < 1000; i++)
        {
            var service = Service($"s{i}", $"10.43.{10 + (i / 250)}.{i % 250}", ports: new V1ServicePort { Port = 80, Protocol = i % 10 == 0 ? "SCTP" : "TCP" });
            _node.Set(service, Slice(service, $"s{i}", 80, [.. Enumerable.Range(0, 5).Select(e => Ready($"10.42.{10 + (i / 50)}.{((i % 50) * 5) + e + 1}"))]));
        }

        _node.StartProxy();
        // The first run asks what is there.
        await Eventually.True(() => Task.FromResult(_node.Nftables!.Runs.Count > 1), "the table is written");
        var (_, elapsed) = _node.Nftables!.Runs[1];
        TestContext.Current.SendDiagnosticMessage("1000 services x 5 endpoints: {0} ms", elapsed.TotalMilliseconds);
        Assert.Equal(2, _node.Nftables.Runs.Count);
        Assert.True(elapsed < TimeSpan.FromSeconds(10), $"it took {elapsed}");

        _node.Set(_web, Slice(_web, "a", 8080, At(_node.Pods[1])));
        await Eventually.True(async () => (await _node.Host.TcpAsync(Ip, 80)).Server == "pod-1", "the change is there");
        Assert.Equal(3, _node.Nftables.Runs.Count);
        var (commands, single) = _node.Nftables.Runs[2];
        TestContext.Current.SendDiagnosticMessage("one change: {0} ms, {1} characters", single.TotalMilliseconds, commands.Length);
        Assert.True(commands.Length < 1000, commands);
        Assert.True(single < TimeSpan.FromSeconds(1), $"it took {single}");
    }

    private Task ReachedAsync(TimeSpan? limit = null) =>
        Eventually.True(async () => (await _node.Host.TcpAsync(Ip, 80, TimeSpan.FromSeconds(1))).Server.Length > 0, "the service is reached", limit);

    private Task<string> ListAsync() => _node.NftAsync("list", "table", "ip", Table);
}
