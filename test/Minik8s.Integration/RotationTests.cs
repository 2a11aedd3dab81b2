using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Host.Pki;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Certificates, the authority and the token key are changed under clients that stay connected.</summary>
public sealed class RotationTests
{
    [Fact]
    public async Task The_authority_is_changed_in_steps_between_which_everybody_keeps_working()
    {
        await using var plane = await TestControlPlane.StartAsync();
        var former = plane.Kubeconfig + ".former";
        File.Copy(plane.Kubeconfig, former);
        using var formerUser = new X509Certificate2(plane.Pki.Admin.Current);
        await using var component = Component.Start(former);
        (await plane.Kubectl("create", "configmap", "before")).Succeeded();
        await component.SeesAsync("before");
        await using (TestControllers.StartWithAuthority(plane)) await TrustsAsync(plane, 1);

        using var made = await AuthorityRotation.BeginAsync(plane.PkiDirectory, TimeSpan.FromDays(3650), TimeProvider.System, default);
        await Assert.ThrowsAsync<PkiException>(() => AuthorityRotation.BeginAsync(plane.PkiDirectory, TimeSpan.FromDays(3650), TimeProvider.System, default));
        Assert.Contains("start it again", (await Assert.ThrowsAsync<PkiException>(() => AuthorityRotation.FinishAsync(plane.PkiDirectory, TimeProvider.System, default))).Message);
        await plane.RestartAsync(renewKeys: true);
        using (var served = await ServedAsync(plane)) Assert.Equal(made.Subject, served.Issuer);

        // New credentials work, and so do those of before, with the trust of before: a component that went on running sees what happens.
        (await plane.Kubectl("create", "configmap", "between")).Succeeded();
        Assert.Equal("configmap/between\n", (await KubectlAsync(former, "get", "configmap", "between", "-o", "name")).Succeeded());
        await component.SeesAsync("between");
        await using (TestControllers.StartWithAuthority(plane)) await TrustsAsync(plane, 2);

        Assert.Single(await AuthorityRotation.FinishAsync(plane.PkiDirectory, TimeProvider.System, default));
        await plane.RestartAsync(renewKeys: true);
        (await plane.Kubectl("get", "configmap", "between")).Succeeded();
        await using (TestControllers.StartWithAuthority(plane)) await TrustsAsync(plane, 1);
        Assert.Contains("certificate signed by unknown authority", (await KubectlAsync(former, "get", "configmap", "between")).Error);
        using var stale = new HttpClient(new SocketsHttpHandler { SslOptions = { RemoteCertificateValidationCallback = (_, _, _, _) => true, LocalCertificateSelectionCallback = (_, _, _, _, _) => formerUser } });
        using var refused = await stale.GetAsync(new Uri(plane.Address, "/api/v1/namespaces"));
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task A_renewed_serving_certificate_reaches_new_connections_and_disturbs_no_old_one()
    {
        // So short that the certificate is due for renewal at once.
        await using var plane = await TestControlPlane.StartAsync(certificateLifetime: TimeSpan.FromSeconds(60));
        using var first = await ServedAsync(plane);
        using var client = plane.Client();
        using var watch = await client.GetAsync(new Uri("/api/v1/namespaces/default/configmaps?watch=true", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        using var events = new StreamReader(await watch.Content.ReadAsStreamAsync());
        using var stop = new CancellationTokenSource();
        var renewing = plane.Pki.RunAsync(stop.Token);
        await Eventually.True(
            async () =>
            {
                using var served = await ServedAsync(plane);
                return served.SerialNumber != first.SerialNumber;
            },
            "new connections get the new certificate");
        (await plane.Kubectl("create", "configmap", "seen")).Succeeded();
        string? line;
        do line = await events.ReadLineAsync(); while (line is not null && !line.Contains("\"seen\"", StringComparison.Ordinal));
        Assert.NotNull(line);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => renewing);
    }

    [Fact]
    public async Task The_token_key_is_changed_in_steps_too()
    {
        await using var plane = await TestControlPlane.StartAsync();
        (await plane.Kubectl("create", "serviceaccount", "robot")).Succeeded();
        var former = (await plane.Kubectl("create", "token", "robot")).Succeeded().Trim();
        await AuthorityRotation.RotateTokenKeyAsync(plane.PkiDirectory, TimeProvider.System, default);
        await plane.RestartAsync(renewKeys: true);
        var current = (await plane.Kubectl("create", "token", "robot")).Succeeded().Trim();
        Assert.Equal(2, await KeysAsync(plane));
        foreach (var token in new[] { former, current }) Assert.Contains("system:serviceaccount:default:robot", (await plane.KubectlWithToken(token, "auth", "whoami")).Succeeded());

        await AuthorityRotation.FinishTokenKeyAsync(plane.PkiDirectory, TimeProvider.System, default);
        await plane.RestartAsync(renewKeys: true);
        Assert.Equal(1, await KeysAsync(plane));
        (await plane.KubectlWithToken(current, "auth", "whoami")).Succeeded();
        Assert.Contains("Unauthorized", (await plane.KubectlWithToken(former, "auth", "whoami")).Error);
    }

    private static Task<ProcessResult> KubectlAsync(string kubeconfig, params string[] arguments) => Shell.RunAsync("kubectl", ["--kubeconfig", kubeconfig, "--cache-dir", kubeconfig + ".cache", .. arguments]);

    /// <summary>Pods learn whom to trust from this.</summary>
    private static Task TrustsAsync(TestControlPlane plane, int authorities) => Eventually.True(
        async () => (await plane.Kubectl("get", "configmap", "kube-root-ca.crt", "-o", "jsonpath={.data.ca\\.crt}")).Output.Split("BEGIN CERTIFICATE").Length - 1 == authorities, $"kube-root-ca.crt holds {authorities}");

    private static async Task<int> KeysAsync(TestControlPlane plane) => JsonNode.Parse((await plane.Kubectl("get", "--raw", "/openid/v1/jwks")).Succeeded())!["keys"]!.AsArray().Count;

    private static async Task<X509Certificate2> ServedAsync(TestControlPlane plane)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, plane.Server.Port);
        await using var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
        await tls.AuthenticateAsClientAsync("localhost");
        return new X509Certificate2(tls.RemoteCertificate!);
    }

    /// <summary>A component of the cluster that follows config maps and is not started again.</summary>
    private sealed class Component : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly KubeClient _client;
        private readonly ILister<V1ConfigMap> _lister;
        private readonly Task _running;

        private Component(string kubeconfig)
        {
            _client = new KubeClient(KubeconfigFile.Load(kubeconfig));
            var informers = new InformerFactory(_client, NullLoggerFactory.Instance, TimeProvider.System);
            _lister = informers.Informer<V1ConfigMap>().Lister;
            _running = informers.RunAsync(_stop.Token);
        }

        public static Component Start(string kubeconfig) => new(kubeconfig);

        public Task SeesAsync(string name) => Eventually.True(() => Task.FromResult(_lister.Get(new ObjectKey("default", name)) is not null), $"the component sees {name}");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _client.Dispose();
            _stop.Dispose();
        }
    }
}
