using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Proxy;

namespace Minik8s.Host.Roles;

/// <summary>The service proxy of this machine.</summary>
/// <param name="options">The settings.</param>
/// <param name="loggers">Where it logs.</param>
/// <param name="api">The way to the API server; asked for once, at the start.</param>
internal sealed class ProxyRole(HostOptions options, ILoggerFactory loggers, Func<ClientConfig> api) : IRole
{
    public string Name => "proxy";

    public Task<Task> StartAsync(CancellationToken stopping)
    {
        var client = api() with { UserAgent = "kube-proxy/minik8s" };
        InstanceRecord.From(options, null, null).Save(Layout.Record(options.Layout.DataDir, Components.Proxy));
        return Task.FromResult(RunAsync(client, stopping));
    }

    private async Task RunAsync(ClientConfig config, CancellationToken stopping)
    {
        using var client = new KubeClient(config);
        await ProxyComponent.RunAsync(
            new ProxyOptions
            {
                NodeName = options.NodeName,
                NodeIp = options.NodeIp,
                PodNetwork = options.ClusterCidr,
                Table = options.ProxyTable,
                HealthPort = options.ProxyHealthPort,
            },
            client, loggers, TimeProvider.System, stopping);
    }
}
