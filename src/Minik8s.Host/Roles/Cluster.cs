using System.Net;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Controllers;
using Minik8s.Controllers.Certificates;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Pki;
using Minik8s.Scheduler;

namespace Minik8s.Host.Roles;

/// <summary>Composes the roles of one process: all of them, a control plane, a node, or a single component that finds the others by its kubeconfig.</summary>
internal sealed class Cluster(HostOptions options, ILoggerFactory loggers)
{
    private readonly ApiServerRole _apiServer = new(options, loggers);

    /// <summary>API server, scheduler and controllers.</summary>
    public IReadOnlyList<IRole> Server() =>
    [
        _apiServer,
        Scheduler(() => Local(() => _apiServer.Pki.Scheduler)),
        Controllers(() => Local(() => _apiServer.Pki.ControllerManager), _ => Task.FromResult<ICertificateSigner?>(_apiServer.Pki)),
    ];

    /// <summary>All of it.</summary>
    public IReadOnlyList<IRole> All() =>
    [
        .. Server(),
        new NodeRole(options, loggers, async stopping => NodeIdentity.From(await _apiServer.Pki.EnsureNodeAsync(options.NodeName, [options.NodeIp], stopping), Local(() => _apiServer.Pki.Admin))),
        new ProxyRole(options, loggers, () => Local(() => _apiServer.Pki.Proxy)),
    ];

    /// <summary>The API server alone.</summary>
    public IReadOnlyList<IRole> ApiServerAlone() => [_apiServer];

    public IReadOnlyList<IRole> SchedulerAlone() => [Scheduler(() => FromKubeconfig(Components.Scheduler))];

    public IReadOnlyList<IRole> ControllersAlone() => [Controllers(() => FromKubeconfig(Components.ControllerManager), stopping => ClusterPki.SignerAsync(options.Layout.Pki, TimeProvider.System, stopping))];

    /// <summary>Kubelet and proxy of a machine without an API server of its own; both use the node's kubeconfig.</summary>
    public IReadOnlyList<IRole> Agent() => [.. KubeletAlone(), new ProxyRole(options, loggers, () => FromKubeconfig(Components.Node))];

    public IReadOnlyList<IRole> ProxyAlone() => [new ProxyRole(options, loggers, () => FromKubeconfig(Components.Proxy))];

    public IReadOnlyList<IRole> KubeletAlone() =>
        [new NodeRole(options, loggers, _ => Task.FromResult(NodeIdentity.From(FromKubeconfig(Components.Node), KubeconfigOf(Components.Node))))];

    private ComponentRole Scheduler(Func<ClientConfig> api) => new("scheduler", async stopping =>
    {
        using var client = new KubeClient(api() with { UserAgent = "kube-scheduler/minik8s" });
        await SchedulerComponent.RunAsync(new SchedulerOptions(), client, null, loggers, TimeProvider.System, stopping);
    });

    private ComponentRole Controllers(Func<ClientConfig> api, Func<CancellationToken, Task<ICertificateSigner?>> signer) => new("controller-manager", async stopping =>
    {
        var config = api() with { UserAgent = "kube-controller-manager/minik8s" };
        using var client = new KubeClient(config);
        var authority = string.Concat((config.CertificateAuthorities ?? []).Select(c => c.ExportCertificatePem() + "\n"));
        await ControllerManager.RunAsync(new ControllerManagerOptions { RootCertificateAuthority = authority, CertificateSigner = await signer(stopping) }, client, null, loggers, TimeProvider.System, stopping);
    });

    /// <summary>The way to the API server of this very process.</summary>
    private ClientConfig Local(Func<RenewingCertificate> certificate) => new()
    {
        Server = new Uri($"https://{(options.BindAddress.Equals(IPAddress.Any) ? IPAddress.Loopback : options.BindAddress)}:{options.Port}"),
        CertificateAuthorities = _apiServer.Pki.Authorities,
        ClientCertificate = () => certificate().Current,
    };

    private string KubeconfigOf(string component) => options.Kubeconfig ?? options.Layout.Kubeconfig(component);

    private ClientConfig FromKubeconfig(string component)
    {
        var path = KubeconfigOf(component);
        try
        {
            return KubeconfigFile.Load(path);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new UsageException($"{e.Message}\nGive the component's kubeconfig with --kubeconfig; the API server writes them to kubeconfigs below its data directory, and `minik8s kubeconfig node NAME` makes a node's.");
        }
    }
}
