using System.Security.Cryptography.X509Certificates;
using k8s.Models;

namespace Minik8s.Client.Tests;

public sealed class KubeconfigFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("minik8s-client-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void Load_InlineData_GivesServerAuthorityAndCertificate()
    {
        using var certificate = ResourceClientTests.Certificate("CN=me", forServer: false);
        var pem = Base64(certificate.ExportCertificatePem());
        var config = KubeconfigFile.Load(Write($"""
            apiVersion: v1
            kind: Config
            current-context: a
            clusters:
            - name: c
              cluster: {"{"}server: "https://127.0.0.1:6443", certificate-authority-data: {pem}, tls-server-name: kubernetes{"}"}
            contexts:
            - name: a
              context: {"{"}cluster: c, user: u{"}"}
            users:
            - name: u
              user: {"{"}client-certificate-data: {pem}, client-key-data: {Base64(certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem())}{"}"}
            """));
        Assert.Equal(new Uri("https://127.0.0.1:6443"), config.Server);
        Assert.Equal("kubernetes", config.TlsServerName);
        Assert.Equal(certificate.Thumbprint, Assert.Single(config.CertificateAuthorities!).Thumbprint);
        Assert.Equal(certificate.Thumbprint, config.ClientCertificate!()!.Thumbprint);
        Assert.True(config.ClientCertificate()!.HasPrivateKey);
    }

    [Fact]
    public async Task A_token_file_is_read_again_when_it_changes()
    {
        await using var api = await FakeApi.StartAsync();
        var token = Path.Combine(_folder.FullName, "token");
        await File.WriteAllTextAsync(token, "one\n");
        var path = Write($"""
            current-context: a
            clusters: [{"{"}name: c, cluster: {"{"}server: "{api.Address}"{"}"}{"}"}]
            contexts: [{"{"}name: a, context: {"{"}cluster: c, user: u{"}"}{"}"}]
            users: [{"{"}name: u, user: {"{"}tokenFile: token{"}"}{"}"}]
            """);
        using var client = new KubeClient(KubeconfigFile.Load(path));
        await client.Resource<V1Node>().ListAsync();
        await File.WriteAllTextAsync(token, "two\n");
        File.SetLastWriteTimeUtc(token, DateTime.UtcNow.AddSeconds(5));
        await client.Resource<V1Node>().ListAsync();
        Assert.Equal(["Bearer one", "Bearer two"], api.Authorizations);
    }

    [Theory]
    [InlineData("current-context: x", "there is no \"x\" in contexts")]
    [InlineData("kind: Config", "no context is given and current-context is not set")]
    [InlineData("- a", "not a kubeconfig")]
    [InlineData("a: [", "")]
    public void Load_BadFile_SaysWhatIsMissing(string text, string message)
    {
        var e = Assert.Throws<InvalidDataException>(() => KubeconfigFile.Load(Write(text)));
        Assert.Contains(message, e.Message);
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder.FullName, "config");
        File.WriteAllText(path, text);
        return path;
    }

    private static string Base64(string text) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(text));
}
