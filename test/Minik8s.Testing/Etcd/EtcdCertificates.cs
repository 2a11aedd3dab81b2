using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Testing.Etcd;

/// <summary>An authority of its own with a server's and a client's certificate, as PEM files.</summary>
public sealed class EtcdCertificates : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("mk8s-etcd-tls-");

    public EtcdCertificates()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=etcd-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Authority, authority.ExportCertificatePem());
        Issue(authority, "etcd", ServerCertificate, ServerKey);
        Issue(authority, "minik8s", ClientCertificate, ClientKey);
    }

    public string Authority => Path.Combine(_directory.FullName, "ca.crt");

    public string ServerCertificate => Path.Combine(_directory.FullName, "server.crt");

    public string ServerKey => Path.Combine(_directory.FullName, "server.key");

    public string ClientCertificate => Path.Combine(_directory.FullName, "client.crt");

    public string ClientKey => Path.Combine(_directory.FullName, "client.key");

    public void Dispose() => _directory.Delete(recursive: true);

    internal SocketsHttpHandler Handler()
    {
        var certificate = X509Certificate2.CreateFromPemFile(ClientCertificate, ClientKey);
        return new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.Issuer == "CN=etcd-ca",
                LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate,
            },
        };
    }

    private static void Issue(X509Certificate2 authority, string name, string certificateFile, string keyFile)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var certificate = request.Create(authority, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(12), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(certificateFile, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
    }
}
