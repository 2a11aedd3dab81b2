using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Store.Etcd;

/// <summary>The TLS side of a connection to etcd: whom it trusts, and who it is.</summary>
internal static class EtcdTls
{
    /// <exception cref="StoreUnavailableException">A file cannot be read; the message names it.</exception>
    public static SslClientAuthenticationOptions Options(EtcdStoreOptions options)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.AuthorityFile is { } authorities)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            Load(authorities, "authorities", () => policy.CustomTrustStore.ImportFromPemFile(authorities));
            if (policy.CustomTrustStore.Count == 0) throw new StoreUnavailableException($"the file {authorities} holds no certificate of etcd's authorities");
            tls.CertificateChainPolicy = policy;
        }

        if (options.CertificateFile is { } certificate)
        {
            var present = new ClientCertificate(certificate, options.KeyFile ?? certificate);
            present.Current();
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => present.Current();
        }

        return tls;
    }

    private static void Load(string path, string what, Action load)
    {
        try
        {
            load();
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"cannot read etcd's {what} from {path}: {e.Message}", e);
        }
    }

    /// <summary>A certificate with its key in files, read again when they have changed.</summary>
    private sealed class ClientCertificate(string certificateFile, string keyFile)
    {
        private readonly Lock _gate = new();
        private X509Certificate2? _current;
        private (DateTime Certificate, DateTime Key) _stamp;

        public X509Certificate2 Current()
        {
            lock (_gate)
            {
                var stamp = (File.GetLastWriteTimeUtc(certificateFile), File.GetLastWriteTimeUtc(keyFile));
                if (_current is null || stamp != _stamp)
                {
                    Load(certificateFile, "client certificate", () => _current = X509Certificate2.CreateFromPemFile(certificateFile, keyFile));
                    _stamp = stamp;
                }

                return _current!;
            }
        }
    }
}
