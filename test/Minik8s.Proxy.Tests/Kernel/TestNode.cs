using System.Collections.Concurrent;
using System.Net;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.ControlLoop;
using Minik8s.Linux.Conntrack;
using Minik8s.Linux.Nftables;
using Minik8s.Proxy.Health;
using Minik8s.Proxy.Model;
using Minik8s.Proxy.Services;
using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>A node in a network namespace: a bridge with pods, and the proxy on the real kernel, fed with objects by the test.</summary>
internal sealed class TestNode : IAsyncDisposable
{
    public const string Table = "minik8s-proxy";

    /// <summary>The node's address on the bridge.</summary>
    public const string BridgeAddress = "10.42.0.1";

    private readonly FakeLister<V1Service> _services = new();
    private readonly ConcurrentDictionary<ObjectKey, IReadOnlyList<V1EndpointSlice>> _slices = new();
    private readonly List<TestPod> _pods = [];
    private ServiceProxy? _proxy;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;

    private TestNode(NetworkNamespace machine) => Machine = machine;

    public NetworkNamespace Machine { get; }

    public IReadOnlyList<TestPod> Pods => _pods;

    /// <summary>A client on the node itself.</summary>
    public TestClient Host => new(Machine.Name);

    /// <summary>A client on another machine.</summary>
    public static TestClient Outside => new(null);

    public TimedNftables? Nftables { get; private set; }

    public static async Task<TestNode> CreateAsync(int pods)
    {
        var node = new TestNode(await NetworkNamespace.CreateAsync());
        try
        {
            await node.Ip("link", "add", "br0", "type", "bridge");
            await node.Ip("addr", "add", $"{BridgeAddress}/24", "dev", "br0");
            await node.Ip("link", "set", "br0", "up");
            (await node.Machine.RunAsync("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables")).Succeeded();
            for (var i = 0; i < pods; i++) await node.AddPodAsync(i);
            node.StartProxy();
            return node;
        }
        catch
        {
            await node.DisposeAsync();
            throw;
        }
    }

    public static TestClient From(TestPod pod) => new(pod.Namespace);

    /// <summary>Ready endpoints at these pods, which the node has.</summary>
    public static V1Endpoint[] At(params TestPod[] pods) => [.. pods.Select(p => Objects.Ready(p.Address, "node-1"))];

    public void Set(V1Service service, params V1EndpointSlice[] slices)
    {
        _services.Set(service);
        _slices[ObjectKey.Of(service)] = slices;
        _proxy?.Changed(ObjectKey.Of(service));
    }

    public void Remove(V1Service service)
    {
        _services.Remove(service);
        _slices.TryRemove(ObjectKey.Of(service), out _);
        _proxy?.Changed(ObjectKey.Of(service));
    }

    public void StartProxy()
    {
        var view = new NodeView("node-1", [IPAddress.Parse(Machine.Address)], IPNetwork.Parse("10.42.0.0/16"));
        var logger = NullLogger.Instance;
        var health = new ProxyHealth(TimeProvider.System);
        Nftables = new TimedNftables(NamespaceThread.Run(Machine.Name, NftablesConnection.Open));
        var monitor = NamespaceThread.Run(Machine.Name, () => new NftablesMonitor(Table));
        var conntrack = NamespaceThread.Run(Machine.Name, () => new ConntrackTable());
        _proxy = new ServiceProxy(
            view, _services, key => _slices.GetValueOrDefault(key) ?? [], new ServiceTable(Table, view.PodNetwork, Nftables, logger), new StaleFlows(conntrack, logger),
            new ServiceHealthChecks(health, null, logger), health, TimeSpan.FromHours(1), TimeProvider.System, logger);
        _stop = new CancellationTokenSource();
        _running = RunAsync(_proxy, monitor, conntrack, Nftables, _stop.Token);
    }

    /// <summary>Ends the proxy; what it has programmed stays.</summary>
    public async Task StopProxyAsync()
    {
        if (_stop is null) return;
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
        _stop = null;
        _proxy = null;
    }

    public async Task<string> NftAsync(params string[] arguments) => (await Machine.RunAsync(["nft", .. arguments])).Succeeded();

    public async ValueTask DisposeAsync()
    {
        await StopProxyAsync();
        foreach (var pod in _pods) await pod.DisposeAsync();
        await Machine.DisposeAsync();
    }

    private static async Task RunAsync(ServiceProxy proxy, NftablesMonitor monitor, ConntrackTable conntrack, INftables nftables, CancellationToken stopping)
    {
        using (monitor)
        using (conntrack)
        using (nftables)
        {
            var host = new LoopHost(NullLogger.Instance);
            host.Add("monitor", t => monitor.RunAsync(proxy.Disturbed, t));
            host.Add("proxy", proxy.RunAsync);
            await host.RunAsync(stopping);
        }
    }

    private async Task AddPodAsync(int number)
    {
        var pod = new TestPod($"pod-{number}", $"{Machine.Name}-p{number}", $"10.42.0.{number + 2}");
        _pods.Add(pod);
        (await Shell.RunAsync("ip", ["netns", "add", pod.Namespace])).Succeeded();
        await Ip("link", "add", $"v{number}", "type", "veth", "peer", "name", "eth0", "netns", pod.Namespace);
        await Ip("link", "set", $"v{number}", "master", "br0");
        await Ip("link", "set", $"v{number}", "type", "bridge_slave", "hairpin", "on");
        await Ip("link", "set", $"v{number}", "up");
        (await Shell.RunAsync("ip", ["-n", pod.Namespace, "link", "set", "lo", "up"])).Succeeded();
        (await Shell.RunAsync("ip", ["-n", pod.Namespace, "addr", "add", $"{pod.Address}/24", "dev", "eth0"])).Succeeded();
        (await Shell.RunAsync("ip", ["-n", pod.Namespace, "link", "set", "eth0", "up"])).Succeeded();
        (await Shell.RunAsync("ip", ["-n", pod.Namespace, "route", "add", "default", "via", BridgeAddress])).Succeeded();
    }

    private async Task Ip(params string[] arguments) => (await Shell.RunAsync("ip", ["-n", Machine.Name, .. arguments])).Succeeded();
}
