using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Kubelet;

namespace Minik8s.Host.Roles;

/// <summary>The kubelet of this machine.</summary>
/// <param name="options">The settings.</param>
/// <param name="loggers">Where it logs.</param>
/// <param name="identity">Who the node is; asked for once, at the start.</param>
internal sealed class NodeRole(HostOptions options, ILoggerFactory loggers, Func<CancellationToken, Task<NodeIdentity>> identity) : IRole
{
    public string Name => "kubelet";

    public async Task<Task> StartAsync(CancellationToken stopping)
    {
        InstanceRecord.From(options, null, null).Save(Layout.Record(options.Layout.DataDir, Components.Node));
        return RunAsync(await identity(stopping), stopping);
    }

    /// <summary>The kubelet's settings, also for taking down what it has left.</summary>
    public static KubeletOptions KubeletOptions(HostOptions options, NodeIdentity? identity) => new()
    {
        NodeName = options.NodeName,
        NodeIp = options.NodeIp,
        PodCidr = options.PodCidr,
        BridgeName = options.BridgeName,
        RootDir = options.Layout.Kubelet,
        ContainerdRoot = options.Layout.Containerd,
        RunDir = options.Layout.RunDir,
        LogDir = options.Layout.LogDir,
        ImagesDir = options.Layout.ImagesDir,
        Port = options.KubeletPort,
        ClusterDns = options.ClusterDns,
        ClusterDomain = options.ClusterDomain,
        NodeLabels = options.NodeLabels,
        RuntimeEndpoint = options.RuntimeEndpoint,
        CgroupRoot = options.CgroupRoot,
        ServingCertificate = identity?.Serving ?? (() => throw new InvalidOperationException("this node has no certificates")),
        ClientAuthorities = identity?.Authorities ?? (() => []),
    };

    private async Task RunAsync(NodeIdentity node, CancellationToken stopping)
    {
        using var client = new KubeClient(node.Api with { UserAgent = "kubelet/minik8s" });
        await KubeletAgent.RunAsync(KubeletOptions(options, node), client, loggers, TimeProvider.System, stopping);
    }
}
