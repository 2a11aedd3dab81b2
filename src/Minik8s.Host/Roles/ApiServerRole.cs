using System.Net;
using Microsoft.Extensions.Logging;
using Minik8s.ApiServer;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Pki;
using Minik8s.Store;

namespace Minik8s.Host.Roles;

/// <summary>The API server on its store, with the cluster's certificates.</summary>
internal sealed partial class ApiServerRole(HostOptions options, ILoggerFactory loggers) : IRole
{
    private readonly ILogger _logger = loggers.CreateLogger<ApiServerRole>();
    private ClusterPki? _pki;

    public string Name => "apiserver";

    /// <summary>The cluster's certificates, once the role has started.</summary>
    public ClusterPki Pki => _pki ?? throw new InvalidOperationException("the API server has not been started");

    public async Task<Task> StartAsync(CancellationToken stopping)
    {
        try
        {
            _pki = await ClusterPki.EnsureAsync(PkiOptions(), TimeProvider.System, loggers.CreateLogger<ClusterPki>(), stopping);
            var store = await Datastore.OpenAsync(options, _pki, loggers, stopping);
            var server = await ApiServerHost.StartAsync(ServerOptions(_pki), store, loggers, TimeProvider.System, stopping);
            var kubeconfigs = new ClusterKubeconfigs(options, _pki, loggers.CreateLogger<ClusterKubeconfigs>());
            var merged = await kubeconfigs.WriteAsync(stopping);
            InstanceRecord.From(options, merged?.Path, merged?.Context).Save(Layout.Record(options.Layout.DataDir, Components.Server));
            _pki.Admin.Renewed += (_, cancellation) => kubeconfigs.WriteAsync(cancellation);
            LogListening(options.BindAddress, server.Port);
            return LiveAsync(store, server, _pki, stopping);
        }
        catch (PkiException e)
        {
            throw new UsageException(e.Message);
        }
        catch (StoreUnavailableException e)
        {
            throw new UsageException(e.Message);
        }
        catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
        {
            throw new UsageException($"port {options.Port} is taken by another process; stop that, or choose another --port");
        }
    }

    private async Task LiveAsync(IStore store, ApiServerHost server, ClusterPki pki, CancellationToken stopping)
    {
        await using var storeOpen = store;
        await using var serverRunning = server;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var renewal = pki.RunAsync(ending.Token);
        try
        {
            // The first of them to end is the reason to stop: a signal in good order, anything else a failure.
            await await Task.WhenAny(server.Completion, store.Completion, renewal, Task.Delay(Timeout.Infinite, stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Told to stop.
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    private PkiOptions PkiOptions() => new()
    {
        Directory = options.Layout.Pki,
        NodeName = options.NodeName,
        AdvertiseAddresses = [options.AdvertiseAddress, options.NodeIp, options.BindAddress],
        ServiceAddress = FirstServiceAddress(),
        ExtraSubjectNames = options.TlsSans,
        ClusterDomain = options.ClusterDomain,
    };

    private ApiServerOptions ServerOptions(ClusterPki pki) => new()
    {
        BindAddress = options.BindAddress,
        Port = options.Port,
        AdvertiseAddress = options.AdvertiseAddress,
        ServiceCidr = options.ServiceCidr,
        SharesStore = options.Datastore is not null,
        ServingCertificate = () => pki.ApiServer.TlsContext,
        ClientAuthorities = () => pki.Authorities,
        KubeletClientCertificate = () => pki.ApiServerKubeletClient.Current,
        KubeletAuthorities = () => pki.Authorities,
        Tokens = new() { Keys = () => pki.TokenKeys, Issuer = $"https://kubernetes.default.svc.{options.ClusterDomain}", CertificateAuthority = () => pki.CaPem },
    };

    /// <summary>The address of the Service <c>kubernetes</c>.</summary>
    private IPAddress FirstServiceAddress()
    {
        var bytes = options.ServiceCidr.BaseAddress.GetAddressBytes();
        bytes[^1] |= 1;
        return new(bytes);
    }

    [LoggerMessage(LogLevel.Information, "The API server listens on {Address}:{Port}")]
    private partial void LogListening(IPAddress address, int port);
}
