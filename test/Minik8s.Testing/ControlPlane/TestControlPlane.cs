using System.Net;
using Microsoft.Extensions.Logging;
using Minik8s.ApiServer;
using Minik8s.Host.Kubeconfig;
using Minik8s.Host.Pki;
using Minik8s.Store;
using Minik8s.Store.Embedded;
using Minik8s.Store.Etcd;
using Minik8s.Testing.Etcd;

namespace Minik8s.Testing.ControlPlane;

/// <summary>An API server in this process: real store, real certificates, real HTTPS on a free loopback port, and a kubeconfig for the stock kubectl.</summary>
public sealed class TestControlPlane : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly ILoggerFactory _loggers;
    private readonly EtcdCluster? _etcd;
    private readonly IPAddress _address;
    private ClusterPki _pki;

    private TestControlPlane(DirectoryInfo directory, ClusterPki pki, IStore store, ApiServerHost server, ILoggerFactory loggers, ErrorLog errors, EtcdCluster? etcd, IPAddress address)
    {
        _etcd = etcd;
        _address = address;
        _loggers = loggers;
        Errors = errors;
        _directory = directory;
        _pki = pki;
        Store = store;
        Server = server;
    }

    public ApiServerHost Server { get; private set; }

    /// <summary>The store that the server works on; another one after a restart.</summary>
    public IStore Store { get; private set; }

    public ClusterPki Pki => _pki;

    public string Kubeconfig => Path.Combine(_directory.FullName, "kubeconfig");

    public Uri Address => new($"https://{_address}:{Server.Port}");

    /// <summary>What the server has logged as errors.</summary>
    public ErrorLog Errors { get; }

    /// <summary>Starts a server on a store of its own, or on an etcd.</summary>
    /// <param name="etcd">The etcd; null: a store of its own.</param>
    /// <param name="certificateLifetime">How long certificates are valid, where it is not the default.</param>
    public static Task<TestControlPlane> StartAsync(EtcdCluster? etcd = null, TimeSpan? certificateLifetime = null) => StartAsync(etcd, IPAddress.Loopback, 0, null, certificateLifetime);

    /// <summary>Starts another server of the same cluster, with the same keys, on another loopback address and the same port.</summary>
    public Task<TestControlPlane> StartPeerAsync(IPAddress address) => StartAsync(_etcd ?? throw new InvalidOperationException("the store cannot be shared"), address, Server.Port, _directory);

    /// <summary>Stops the server and starts it again on the same store and port.</summary>
    /// <param name="renewKeys">Reads keys and certificates from their files again.</param>
    public async Task RestartAsync(bool renewKeys = false)
    {
        var port = Server.Port;
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        if (renewKeys)
        {
            _pki.Dispose();
            _pki = await EnsurePkiAsync(_directory, _address, _loggers);
        }

        if (renewKeys) await WriteKubeconfigAsync(port);
        Store = await OpenStoreAsync(_directory, _etcd, _loggers);
        Server = await StartServerAsync(_pki, Store, _address, port, _etcd is not null, _loggers);
    }

    /// <summary>A client with the administrator's certificate, or with none; by the server's own port, or by that of a proxy.</summary>
    public HttpClient Client(bool anonymous = false, int? port = null, bool followRedirects = true)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = followRedirects,
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.Issuer == _pki.CaCertificate.Subject,
                LocalCertificateSelectionCallback = anonymous ? null : (_, _, _, _, _) => _pki.Admin.Current,
            },
        };
        return new HttpClient(handler) { BaseAddress = port is null ? Address : new($"https://127.0.0.1:{port}") };
    }

    /// <summary>Where the cluster's keys are.</summary>
    public string PkiDirectory => Path.Combine(_directory.FullName, "pki");

    /// <summary>A client that shows a bearer token.</summary>
    public HttpClient Client(string token)
    {
        var client = Client(anonymous: true);
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>Runs the stock kubectl with a bearer token and nothing else.</summary>
    public Task<ProcessResult> KubectlWithToken(string token, params string[] arguments) => Shell.RunAsync(
        "kubectl",
        ["--kubeconfig", "/dev/null", "--server", Address.ToString(), "--certificate-authority", Path.Combine(PkiDirectory, "ca.crt"), "--token", token, "--cache-dir", Path.Combine(_directory.FullName, "token-cache"), .. arguments],
        null);

    /// <summary>Runs the stock kubectl as the administrator.</summary>
    public Task<ProcessResult> Kubectl(params string[] arguments) => KubectlWithInput(null, arguments);

    /// <summary>Runs the stock kubectl with text on its standard input.</summary>
    public Task<ProcessResult> KubectlWithInput(string? input, params string[] arguments) =>
        Shell.RunAsync("kubectl", ["--kubeconfig", Kubeconfig, "--cache-dir", Path.Combine(_directory.FullName, "cache"), .. arguments], input);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        await Store.DisposeAsync();
        _pki.Dispose();
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    private static Task<ClusterPki> EnsurePkiAsync(DirectoryInfo directory, IPAddress address, ILoggerFactory loggers, TimeSpan? certificateLifetime = null)
    {
        var options = new PkiOptions { Directory = Path.Combine(directory.FullName, "pki"), NodeName = "test", AdvertiseAddresses = [IPAddress.Loopback, address], ServiceAddress = IPAddress.Parse("10.43.0.1") };
        return ClusterPki.EnsureAsync(certificateLifetime is { } lifetime ? options with { CertificateLifetime = lifetime } : options, TimeProvider.System, loggers.CreateLogger("pki"), default);
    }

    private static async Task<TestControlPlane> StartAsync(EtcdCluster? etcd, IPAddress address, int port, DirectoryInfo? peer, TimeSpan? certificateLifetime = null)
    {
        var errors = new ErrorLog();
        var loggers = new LoggerFactory([errors]);
        var directory = Directory.CreateTempSubdirectory("mk8s-control-plane-");
        var certificates = Directory.CreateDirectory(Path.Combine(directory.FullName, "pki"));
        if (peer is not null)
        {
            foreach (var shared in new[] { "ca.crt", "ca.key", "sa.key", "sa.pub" }) File.Copy(Path.Combine(peer.FullName, "pki", shared), Path.Combine(certificates.FullName, shared));
        }

        var pki = await EnsurePkiAsync(directory, address, loggers, certificateLifetime);
        var store = await OpenStoreAsync(directory, etcd, loggers);
        var server = await StartServerAsync(pki, store, address, port, etcd is not null, loggers);
        var plane = new TestControlPlane(directory, pki, store, server, loggers, errors, etcd, address);
        await plane.WriteKubeconfigAsync(plane.Server.Port);
        return plane;
    }

    private static async Task<IStore> OpenStoreAsync(DirectoryInfo directory, EtcdCluster? etcd, ILoggerFactory loggers) => etcd is null
        ? await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(directory.FullName, "store.db") }, loggers, default)
        : await EtcdStore.OpenAsync(new EtcdStoreOptions { Endpoints = etcd.Endpoints }, loggers, default);

    private static Task<ApiServerHost> StartServerAsync(ClusterPki pki, IStore store, IPAddress address, int port, bool sharesStore, ILoggerFactory loggers) => ApiServerHost.StartAsync(
        new ApiServerOptions
        {
            BindAddress = address,
            Port = port,
            // Documentation's own network (RFC 5737): an endpoint must not be a loopback address, and nobody connects to it.
            AdvertiseAddress = new([192, 0, 2, address.GetAddressBytes()[3]]),
            SharesStore = sharesStore,
            ServiceCidr = IPNetwork.Parse("10.43.0.0/16"),
            ServingCertificate = () => pki.ApiServer.TlsContext,
            ClientAuthorities = () => pki.Authorities,
            KubeletClientCertificate = () => pki.ApiServerKubeletClient.Current,
            KubeletAuthorities = () => pki.Authorities,
            Tokens = new() { Keys = () => pki.TokenKeys, CertificateAuthority = () => pki.CaPem },
        },
        store, loggers, TimeProvider.System, default);

    private Task WriteKubeconfigAsync(int port) => KubeconfigWriter.WriteAsync(
        Kubeconfig, "test", "admin", new KubeconfigCredentials($"https://{_address}:{port}", _pki.CaPem, _pki.Admin.CertificatePem, _pki.Admin.PrivateKeyPem), default);
}
