using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Minik8s.Host.Pki;

/// <summary>
/// The cluster's keys and certificates on disk. A certificate lies with its key in one file, as the kubelet does it, so that a crash cannot leave
/// a pair that does not match.
/// </summary>
internal sealed class PkiFiles(string directory)
{
    public string CaCertificate { get; } = Path.Combine(directory, "ca.crt");

    public string CaKey { get; } = Path.Combine(directory, "ca.key");

    /// <summary>The authority's certificate as its predecessor has signed it; only while the authority is being changed.</summary>
    public string CaLink { get; } = Path.Combine(directory, "ca-link.crt");

    public string ServiceAccountKey { get; } = Path.Combine(directory, "sa.key");

    public string ServiceAccountPublicKey { get; } = Path.Combine(directory, "sa.pub");

    public string PathOf(string name) => Path.Combine(directory, name + ".pem");

    public void EnsureDirectory()
    {
        try
        {
            Directory.CreateDirectory(directory, AtomicFile.PrivateDirectory);
            File.SetUnixFileMode(directory, AtomicFile.PrivateDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"The directory {directory} for keys and certificates cannot be made or made private: {e.Message} Run minik8s as root, or name another data directory.", e);
        }
    }

    /// <summary>Takes the lock that keeps two processes on one data directory from issuing at the same time.</summary>
    public async Task<IDisposable> LockAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, ".lock");
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new FileStream(path, new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = AtomicFile.PrivateFile,
                });
            }
            catch (IOException) when (File.Exists(path) && attempt < 600)
            {
                // Another process issues certificates at this moment, which takes milliseconds.
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
            }
        }
    }

    public Task WriteAsync(string path, string pem, CancellationToken cancellationToken) =>
        AtomicFile.WriteAsync(path, Encoding.ASCII.GetBytes(pem), AtomicFile.PrivateFile, cancellationToken);

    /// <summary>Reads one certificate or several.</summary>
    public async Task<IReadOnlyList<X509Certificate2>> ReadCertificatesAsync(string path, string advice, CancellationToken cancellationToken)
    {
        var pem = await ReadAsync(path, advice, cancellationToken);
        try
        {
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            return all.Count > 0 ? [.. all] : throw new CryptographicException("No certificate was found.");
        }
        catch (CryptographicException e)
        {
            throw new PkiException($"{path} holds no certificate in PEM form that can be read: {e.Message} {advice}", e);
        }
    }

    public async Task<ECDsa> ReadKeyAsync(string path, string advice, CancellationToken cancellationToken)
    {
        var pem = await ReadAsync(path, advice, cancellationToken);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new PkiException($"{path} holds no ECDSA private key in PEM form that can be read: {e.Message} {advice}", e);
        }
    }

    /// <summary>Reads a certificate with its key; null when there is no such file.</summary>
    public async Task<RenewingCertificate.Issued?> ReadPairAsync(string path, string advice, X509Certificate2? link, CancellationToken cancellationToken)
    {
        if (!File.Exists(path)) return null;
        var pem = await ReadAsync(path, advice, cancellationToken);
        try
        {
            using var read = X509Certificate2.CreateFromPem(pem);
            using var key = ECDsa.Create();
            key.ImportFromPem(pem);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(read.PublicKey.ExportSubjectPublicKeyInfo()))
            {
                throw new PkiException($"The private key in {path} does not belong to the certificate in it. {advice}");
            }

            var certificate = read.CopyWithPrivateKey(key);
            return new(certificate, certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", link);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw new PkiException($"{path} does not hold a certificate and its ECDSA private key in PEM form: {e.Message} {advice}", e);
        }
    }

    private static async Task<string> ReadAsync(string path, string advice, CancellationToken cancellationToken)
    {
        try
        {
            return await File.ReadAllTextAsync(path, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new PkiException($"{path} cannot be read: {e.Message} {advice}", e);
        }
    }
}
