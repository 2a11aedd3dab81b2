using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Linux.Conntrack;
using Minik8s.Linux.Nftables;
using Minik8s.Proxy.Health;
using Minik8s.Proxy.Model;
using Minik8s.Proxy.Services;

namespace Minik8s.Proxy;

/// <summary>The proxy of a node as a whole: leads traffic for services to their endpoints.</summary>
public static class ProxyComponent
{
    /// <summary>Headless services need no proxy, and others name one of their own.</summary>
    private static readonly InformerOptions Ours = new() { LabelSelector = "!service.kubernetes.io/headless,!service.kubernetes.io/service-proxy-name" };

    private const string ServiceIndex = "service";

    /// <summary>Runs until cancelled; the table stays, so that services go on.</summary>
    /// <exception cref="LoopFailedException">One of its loops failed; it has ended as a whole.</exception>
    public static async Task RunAsync(ProxyOptions options, KubeClient client, ILoggerFactory loggers, TimeProvider time, CancellationToken cancellationToken)
    {
        var logger = loggers.CreateLogger("Minik8s.Proxy");
        var host = new LoopHost(logger);
        var informers = new InformerFactory(client, loggers, time);
        var services = informers.Informer<V1Service>(Ours);
        var slices = informers.Informer<V1EndpointSlice>(Ours);
        slices.AddIndex(ServiceIndex, s => ServiceOf(s) is { } service ? [service.ToString()] : []);
        var nodes = informers.Informer<V1Node>(new InformerOptions { FieldSelector = $"metadata.name={options.NodeName}" });

        using var nftables = NftablesConnection.Open();
        using var conntrack = new ConntrackTable();
        using var monitor = new NftablesMonitor(options.Table);
        var events = new EventRecorder(client, "kube-proxy", options.NodeName, logger, time);
        var health = new ProxyHealth(time);
        await using var healthChecks = new ServiceHealthChecks(health, events, logger);
        await using var healthServer = await StartHealthzAsync(options.HealthPort, health, logger);
        var proxy = new ServiceProxy(
            new NodeView(options.NodeName, [options.NodeIp], options.PodNetwork), services.Lister, key => slices.Lister.ByIndex(ServiceIndex, key.ToString()),
            new ServiceTable(options.Table, options.PodNetwork, nftables, logger), new StaleFlows(conntrack, logger), healthChecks, health, options.FullSyncPeriod, time, logger);
        services.AddHandler(service => proxy.Changed(ObjectKey.Of(service)));
        slices.AddHandler(new ResourceHandler<V1EndpointSlice>(SliceChanged, (old, now) =>
        {
            SliceChanged(old);
            SliceChanged(now);
        }, SliceChanged));
        nodes.AddHandler(new ResourceHandler<V1Node>(proxy.NodeChanged, (_, now) => proxy.NodeChanged(now), _ => proxy.NodeChanged(null)));

        host.Add("proxy informers", informers.RunAsync);
        host.Add("proxy events", events.RunAsync);
        host.Add("proxy table monitor", stopping => monitor.RunAsync(proxy.Disturbed, stopping));
        host.Add("service proxy", async stopping =>
        {
            // Rules from half of the objects would cut the other half off.
            await informers.WaitForSyncAsync(stopping);
            await proxy.RunAsync(stopping);
        });
        await host.RunAsync(cancellationToken);

        void SliceChanged(V1EndpointSlice slice)
        {
            if (ServiceOf(slice) is { } service) proxy.Changed(service);
        }
    }

    /// <summary>Removes the table: services are no longer reached.</summary>
    public static Task TearDownAsync(string table, CancellationToken cancellationToken) => ServiceTable.RemoveAsync(table, cancellationToken);

    private static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue("kubernetes.io/service-name", out var name) ? new ObjectKey(slice.Metadata.NamespaceProperty, name) : null;

    private static async Task<HealthServer?> StartHealthzAsync(int port, ProxyHealth health, ILogger logger)
    {
        try
        {
            return await HealthServer.StartAsync(port, health.Answer);
        }
        catch (IOException e)
        {
            // Another proxy of this machine has it; services do not depend on it.
            ProxyLog.HealthzFailed(logger, port, e.Message);
            return null;
        }
    }
}
