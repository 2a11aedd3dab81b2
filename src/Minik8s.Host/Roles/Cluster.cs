using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Controllers;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Pki;
using Minik8s.Kubelet;
using Minik8s.Scheduler;

namespace Minik8s.Host.Roles;

/// <summary>Composes the roles of a process that runs a whole control plane, or a whole cluster.</summary>
internal sealed class Cluster(HostOptions options, ILoggerFactory loggers)
{
    private readonly ApiServerRole _apiServer = new(options, loggers);

    /// <summary>API server, scheduler and controllers.</summary>
    public IReadOnlyList<IRole> Server() =>
    [
        _apiServer,
        new ComponentRole("scheduler", stopping => SchedulerComponent.RunAsync(new SchedulerOptions(), Client("scheduler", () => _apiServer.Pki.Scheduler), null, loggers, TimeProvider.System, stopping)),
        new ComponentRole("controller-manager", stopping => ControllerManager.RunAsync(
            new ControllerManagerOptions { RootCertificateAuthority = _apiServer.Pki.CaPem }, Client("controller-manager", () => _apiServer.Pki.ControllerManager), null, loggers, TimeProvider.System, stopping)),
    ];

    /// <summary>All of it.</summary>
    public IReadOnlyList<IRole> All() => [.. Server(), new ComponentRole("kubelet", RunKubeletAsync)];

    /// <summary>The kubelet's settings, also for taking down what it has left.</summary>
    public static KubeletOptions KubeletOptions(HostOptions options, NodeCertificates? certificates, Func<X509Certificate2Collection> authorities) => new()
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
        ServingCertificate = () => (certificates ?? throw new InvalidOperationException("this node has no certificates")).Serving.TlsContext,
        ClientAuthorities = authorities,
    };

    private async Task RunKubeletAsync(CancellationToken stopping)
    {
        var pki = _apiServer.Pki;
        var certificates = await pki.EnsureNodeAsync(options.NodeName, [options.NodeIp], stopping);
        using var client = Client("kubelet", () => certificates.Client);
        await KubeletAgent.RunAsync(KubeletOptions(options, certificates, () => [pki.CaCertificate]), client, options.AdvertiseAddress, options.Port, loggers, TimeProvider.System, stopping);
    }

    private KubeClient Client(string component, Func<RenewingCertificate> certificate) => new(new ClientConfig
    {
        Server = new Uri($"https://{(options.BindAddress.Equals(IPAddress.Any) ? IPAddress.Loopback : options.BindAddress)}:{options.Port}"),
        CertificateAuthorities = [_apiServer.Pki.CaCertificate],
        ClientCertificate = () => certificate().Current,
        UserAgent = $"minik8s/{component}",
    });
}
