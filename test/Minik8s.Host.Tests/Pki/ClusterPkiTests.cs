using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Host.Pki;

namespace Minik8s.Host.Tests.Pki;

public sealed class ClusterPkiTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UtcNow);

    private CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Pki => _directory["pki"];

    public void Dispose() => _directory.Dispose();

    private Task<ClusterPki> EnsureAsync(Func<PkiOptions, PkiOptions>? change = null)
    {
        var options = new PkiOptions
        {
            Directory = Pki,
            NodeName = "node-1",
            AdvertiseAddresses = [IPAddress.Parse("192.0.2.7")],
            ServiceAddress = IPAddress.Parse("10.96.0.1"),
            ExtraSubjectNames = ["api.example.org", "198.51.100.9"],
        };
        return ClusterPki.EnsureAsync(change?.Invoke(options) ?? options, _time, NullLogger.Instance, Cancel);
    }

    [Fact]
    public async Task First_start_makes_private_files_and_a_server_certificate_for_every_name()
    {
        using var pki = await EnsureAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Pki));
        Assert.All(Directory.GetFiles(Pki), f => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(f)));
        Assert.DoesNotContain(Directory.GetFiles(Pki), f => f.EndsWith(".tmp", StringComparison.Ordinal));
        var names = pki.ApiServer.Current.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(
            ["api.example.org", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost", "node-1"],
            names.EnumerateDnsNames().Order());
        Assert.Equal(["10.96.0.1", "127.0.0.1", "192.0.2.7", "198.51.100.9", "::1"], names.EnumerateIPAddresses().Select(a => a.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Client_certificates_name_the_users_and_groups_of_Kubernetes_components()
    {
        using var pki = await EnsureAsync();
        var node = await pki.EnsureNodeAsync("node-1", [IPAddress.Parse("192.0.2.7")], Cancel);

        (RenewingCertificate Certificate, string User, string? Group)[] expected =
        [
            (pki.Admin, "kubernetes-admin", "system:masters"),
            (pki.ApiServerKubeletClient, "kube-apiserver-kubelet-client", "system:masters"),
            (pki.Scheduler, "system:kube-scheduler", null),
            (pki.ControllerManager, "system:kube-controller-manager", null),
            (pki.Proxy, "system:kube-proxy", null),
            (node.Client, "system:node:node-1", "system:nodes"),
        ];
        foreach (var (certificate, user, group) in expected)
        {
            Assert.Equal(user, certificate.Current.GetNameInfo(X509NameType.SimpleName, forIssuer: false));
            Assert.Equal(group, certificate.Current.SubjectName.EnumerateRelativeDistinguishedNames().Where(n => n.GetSingleElementType().Value == "2.5.4.10").Select(n => n.GetSingleElementValue()).SingleOrDefault());
            Assert.True(Verifies(pki, certificate.Current, "1.3.6.1.5.5.7.3.2"));
            Assert.False(Verifies(pki, certificate.Current, "1.3.6.1.5.5.7.3.1"));
        }

        Assert.True(Verifies(pki, node.Serving.Current, "1.3.6.1.5.5.7.3.1"));
    }

    [Fact]
    public async Task Mutual_TLS_works_with_what_was_issued()
    {
        using var pki = await EnsureAsync();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var client = new TcpClient();
        await client.ConnectAsync((IPEndPoint)listener.LocalEndpoint, Cancel);
        using var accepted = await listener.AcceptTcpClientAsync(Cancel);
        await using var server = new SslStream(accepted.GetStream());
        await using var secure = new SslStream(client.GetStream());
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, CustomTrustStore = { pki.CaCertificate }, RevocationMode = X509RevocationMode.NoCheck };

        await Task.WhenAll(
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificateContext = pki.ApiServer.TlsContext, ClientCertificateRequired = true, CertificateChainPolicy = trust }, Cancel),
            secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "kubernetes.default.svc", ClientCertificateContext = pki.Admin.TlsContext, CertificateChainPolicy = trust }, Cancel));

        Assert.Equal(pki.Admin.Current.Thumbprint, Assert.IsAssignableFrom<X509Certificate2>(server.RemoteCertificate).Thumbprint);
    }

    [Fact]
    public async Task Second_start_reads_what_the_first_made()
    {
        using var first = await EnsureAsync();
        var node = await first.EnsureNodeAsync("node-1", [], Cancel);
        var publicKeys = await File.ReadAllTextAsync(Path.Combine(Pki, "sa.pub"), Cancel);

        using var second = await EnsureAsync();
        var again = await second.EnsureNodeAsync("node-1", [], Cancel);

        Assert.Equal(first.CaCertificate.Thumbprint, second.CaCertificate.Thumbprint);
        Assert.Equal(first.ApiServer.Current.Thumbprint, second.ApiServer.Current.Thumbprint);
        Assert.Equal(first.Admin.Current.Thumbprint, second.Admin.Current.Thumbprint);
        Assert.Equal(publicKeys, await File.ReadAllTextAsync(Path.Combine(Pki, "sa.pub"), Cancel));
        Assert.Equal(node.Serving.Current.Thumbprint, again.Serving.Current.Thumbprint);
    }

    [Fact]
    public async Task A_new_token_key_leaves_the_former_public_key_verifying()
    {
        using (await EnsureAsync())
        {
            File.Delete(Path.Combine(Pki, "sa.key"));
        }

        using var second = await EnsureAsync();
        var keys = await File.ReadAllTextAsync(Path.Combine(Pki, "sa.pub"), Cancel);
        Assert.Equal(2, keys.Split("-----BEGIN PUBLIC KEY-----").Length - 1);
        using var third = await EnsureAsync();
        Assert.Equal(keys, await File.ReadAllTextAsync(Path.Combine(Pki, "sa.pub"), Cancel));
    }

    [Fact]
    public async Task A_new_advertise_address_reissues_the_server_certificate_only()
    {
        using var first = await EnsureAsync();

        using var second = await EnsureAsync(o => o with { AdvertiseAddresses = [IPAddress.Parse("192.0.2.8")] });

        Assert.NotEqual(first.ApiServer.Current.Thumbprint, second.ApiServer.Current.Thumbprint);
        Assert.Contains(IPAddress.Parse("192.0.2.8"), second.ApiServer.Current.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().EnumerateIPAddresses());
        Assert.Equal(first.Admin.Current.Thumbprint, second.Admin.Current.Thumbprint);
    }

    [Fact]
    public async Task Certificates_renew_after_two_thirds_of_their_life_without_a_restart()
    {
        using var pki = await EnsureAsync(o => o with { CertificateLifetime = TimeSpan.FromDays(3) });
        var before = pki.ApiServer.Current;
        var renewed = new TaskCompletionSource();
        pki.ApiServer.Renewed += (_, _) =>
        {
            renewed.TrySetResult();
            return Task.CompletedTask;
        };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var loop = pki.RunAsync(stop.Token);

        _time.Advance(TimeSpan.FromDays(1.5));
        Assert.False(renewed.Task.IsCompleted);
        for (var hour = 0; hour < 24 && !renewed.Task.IsCompleted; hour++)
        {
            _time.Advance(TimeSpan.FromHours(1));
            await Task.WhenAny(renewed.Task, Task.Run(() => { }, Cancel));
        }

        await renewed.Task.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.NotEqual(before.Thumbprint, pki.ApiServer.Current.Thumbprint);
        Assert.True(pki.ApiServer.Current.NotAfter > before.NotAfter);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);
        using var restarted = await EnsureAsync(o => o with { CertificateLifetime = TimeSpan.FromDays(3) });
        Assert.Equal(pki.ApiServer.Current.Thumbprint, restarted.ApiServer.Current.Thumbprint);
    }

    [Fact]
    public async Task A_certificate_that_ended_while_stopped_is_replaced_at_start()
    {
        using var first = await EnsureAsync(o => o with { CertificateLifetime = TimeSpan.FromDays(1) });
        _time.Advance(TimeSpan.FromDays(40));

        using var second = await EnsureAsync();

        Assert.NotEqual(first.Admin.Current.Thumbprint, second.Admin.Current.Thumbprint);
        Assert.Equal(first.CaCertificate.Thumbprint, second.CaCertificate.Thumbprint);
    }

    [Theory]
    [InlineData("ca.crt")]
    [InlineData("ca.key")]
    [InlineData("apiserver.pem")]
    [InlineData("admin.pem")]
    [InlineData("sa.key")]
    public async Task A_damaged_file_is_named_with_advice_and_left_alone(string name)
    {
        (await EnsureAsync()).Dispose();
        var path = Path.Combine(Pki, name);
        await File.WriteAllTextAsync(path, "-----BEGIN GARBAGE-----\n", Cancel);

        var error = await Assert.ThrowsAsync<PkiException>(() => EnsureAsync());

        Assert.Contains(path, error.Message);
        Assert.Matches("Restore|Move", error.Message);
        Assert.Equal("-----BEGIN GARBAGE-----\n", await File.ReadAllTextAsync(path, Cancel));
    }

    [Fact]
    public async Task A_certificate_of_another_cluster_is_refused()
    {
        using var ours = await EnsureAsync();
        using var theirs = await EnsureAsync(o => o with { Directory = _directory["other"] });
        File.Copy(Path.Combine(_directory["other"], "admin.pem"), Path.Combine(Pki, "admin.pem"), overwrite: true);

        var error = await Assert.ThrowsAsync<PkiException>(() => EnsureAsync());

        Assert.Contains("was not issued by this cluster's certificate authority", error.Message);
    }

    [Fact]
    public async Task A_certificate_authority_without_its_key_is_refused_but_a_key_alone_is_completed()
    {
        using var first = await EnsureAsync();
        File.Delete(Path.Combine(Pki, "ca.crt"));
        using var second = await EnsureAsync();
        Assert.True(Verifies(second, first.Admin.Current, "1.3.6.1.5.5.7.3.2"));

        File.Delete(Path.Combine(Pki, "ca.key"));
        var error = await Assert.ThrowsAsync<PkiException>(() => EnsureAsync());
        Assert.Contains("ca.key is not", error.Message);
    }

    [Fact]
    public async Task A_key_that_does_not_belong_is_refused()
    {
        (await EnsureAsync()).Dispose();
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Path.Combine(Pki, "ca.key"), other.ExportPkcs8PrivateKeyPem(), Cancel);

        var error = await Assert.ThrowsAsync<PkiException>(() => EnsureAsync());

        Assert.Contains("does not belong to the certificate", error.Message);
    }

    [Fact]
    public async Task Starts_at_the_same_time_agree_on_one_authority()
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ClusterPki.EnsureAsync(
            new PkiOptions { Directory = Pki, NodeName = "node-1" }, TimeProvider.System, NullLogger.Instance, Cancel)));

        Assert.Single(all.Select(p => p.CaCertificate.Thumbprint).Distinct());
        Assert.Single(all.Select(p => p.Admin.Current.Thumbprint).Distinct());
        foreach (var pki in all) pki.Dispose();
    }

    [Theory]
    [InlineData("not a name")]
    [InlineData("")]
    [InlineData("*.*")]
    public async Task A_bad_extra_name_is_refused(string name)
    {
        var error = await Assert.ThrowsAsync<PkiException>(() => EnsureAsync(o => o with { ExtraSubjectNames = [name] }));

        Assert.Contains($"\"{name}\"", error.Message);
    }

    private static bool Verifies(ClusterPki pki, X509Certificate2 certificate, string purpose)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(pki.CaCertificate);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(purpose));
        return chain.Build(certificate);
    }
}
