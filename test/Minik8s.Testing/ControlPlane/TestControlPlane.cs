using System.Net;
using Microsoft.Extensions.Logging;
using Minik8s.ApiServer;
using Minik8s.Host.Kubeconfig;
using Minik8s.Host.Pki;
using Minik8s.Store.Embedded;

namespace Minik8s.Testing.ControlPlane;

/// <summary>An API server in this process: real store, real certificates, real HTTPS on a free loopback port, and a kubeconfig for the stock kubectl.</summary>
public sealed class TestControlPlane : IAsyncDisposable
{
    private readonly DirectoryInfo _directory;
    private readonly ILoggerFactory _loggers;
    private ClusterPki _pki;
    private EmbeddedStore _store;

    private TestControlPlane(DirectoryInfo directory, ClusterPki pki, EmbeddedStore store, ApiServerHost server, ILoggerFactory loggers, ErrorLog errors)
    {
        _loggers = loggers;
        Errors = errors;
        _directory = directory;
        _pki = pki;
        _store = store;
        Server = server;
    }

    public ApiServerHost Server { get; private set; }

    public ClusterPki Pki => _pki;

    public string Kubeconfig => Path.Combine(_directory.FullName, "kubeconfig");

    public Uri Address => new($"https://127.0.0.1:{Server.Port}");

    /// <summary>What the server has logged as errors.</summary>
    public ErrorLog Errors { get; }

    public static async Task<TestControlPlane> StartAsync()
    {
        var errors = new ErrorLog();
        var loggers = new LoggerFactory([errors]);
        var directory = Directory.CreateTempSubdirectory("mk8s-control-plane-");
        var pki = await EnsurePkiAsync(directory, loggers);
        var store = await OpenStoreAsync(directory, loggers);
        var server = await StartServerAsync(pki, store, 0, loggers);
        var plane = new TestControlPlane(directory, pki, store, server, loggers, errors);
        await plane.WriteKubeconfigAsync();
        return plane;
    }

    /// <summary>Stops the server and starts it again on the same store and port.</summary>
    /// <param name="renewKeys">Reads keys and certificates from their files again.</param>
    public async Task RestartAsync(bool renewKeys = false)
    {
        var port = Server.Port;
        await Server.DisposeAsync();
        await _store.DisposeAsync();
        if (renewKeys)
        {
            _pki.Dispose();
            _pki = await EnsurePkiAsync(_directory, _loggers);
        }

        _store = await OpenStoreAsync(_directory, _loggers);
        Server = await StartServerAsync(_pki, _store, port, _loggers);
    }

    /// <summary>A client with the administrator's certificate, or with none.</summary>
    public HttpClient Client(bool anonymous = false)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && certificate.Issuer == _pki.CaCertificate.Subject,
                LocalCertificateSelectionCallback = anonymous ? null : (_, _, _, _, _) => _pki.Admin.Current,
            },
        };
        return new HttpClient(handler) { BaseAddress = Address };
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
        await _store.DisposeAsync();
        _pki.Dispose();
        _loggers.Dispose();
        _directory.Delete(recursive: true);
    }

    private static Task<ClusterPki> EnsurePkiAsync(DirectoryInfo directory, ILoggerFactory loggers) => ClusterPki.EnsureAsync(
        new PkiOptions { Directory = Path.Combine(directory.FullName, "pki"), NodeName = "test", AdvertiseAddresses = [IPAddress.Loopback], ServiceAddress = IPAddress.Parse("10.43.0.1") },
        TimeProvider.System, loggers.CreateLogger("pki"), default);

    private static Task<EmbeddedStore> OpenStoreAsync(DirectoryInfo directory, ILoggerFactory loggers) =>
        EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(directory.FullName, "store.db") }, loggers, default);

    private static Task<ApiServerHost> StartServerAsync(ClusterPki pki, EmbeddedStore store, int port, ILoggerFactory loggers) => ApiServerHost.StartAsync(
        new ApiServerOptions
        {
            BindAddress = IPAddress.Loopback,
            Port = port,
            // Documentation's own network (RFC 5737): an endpoint must not be a loopback address, and nobody connects to it.
            AdvertiseAddress = IPAddress.Parse("192.0.2.1"),
            ServiceCidr = IPNetwork.Parse("10.43.0.0/16"),
            ServingCertificate = () => pki.ApiServer.TlsContext,
            ClientAuthorities = () => pki.Authorities,
            KubeletClientCertificate = () => pki.ApiServerKubeletClient.Current,
            KubeletAuthorities = () => pki.Authorities,
            Tokens = new() { Keys = () => pki.TokenKeys, CertificateAuthority = () => pki.CaPem },
        },
        store, loggers, TimeProvider.System, default);

    private Task WriteKubeconfigAsync() => KubeconfigWriter.WriteAsync(
        Kubeconfig, "test", "admin", new KubeconfigCredentials(Address.ToString(), _pki.CaPem, _pki.Admin.CertificatePem, _pki.Admin.PrivateKeyPem), default);
}
