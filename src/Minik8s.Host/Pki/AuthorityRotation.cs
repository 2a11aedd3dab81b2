using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Host.Pki;

/// <summary>
/// Changes the cluster's certificate authority, and the key of its tokens, in steps between which everybody keeps working. The files are changed here; the
/// components take them up when they start again.
/// </summary>
public static class AuthorityRotation
{
    private const string Advice = "Restore ca.crt and ca.key from a backup.";

    /// <summary>
    /// Makes a new authority. The former one stays trusted, and it signs the new one, so that who knows only the former still trusts what the new one issues.
    /// </summary>
    /// <param name="directory">The folder of the cluster's keys.</param>
    /// <param name="lifetime">How long the new authority is valid.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the writing between two files, of which each is whole.</param>
    /// <returns>The new authority's certificate.</returns>
    /// <exception cref="PkiException">There is no authority, it is damaged, or a former rotation is not finished.</exception>
    public static async Task<X509Certificate2> BeginAsync(string directory, TimeSpan lifetime, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = Open(directory);
        using var held = await files.LockAsync(time, cancellationToken);
        var trusted = await files.ReadCertificatesAsync(files.CaCertificate, Advice, cancellationToken);
        if (trusted.Count > 1) throw new PkiException("The former change of the authority is not finished: run `minik8s certificate finish-ca` first.");
        using var formerKey = await files.ReadKeyAsync(files.CaKey, Advice, cancellationToken);
        var former = trusted[0];
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = time.GetUtcNow();
        // A name of its own: chains are found by names first.
        var made = CertificateAuthority.SelfSign(key, now, lifetime, $"minik8s-ca@{now.ToUnixTimeSeconds()}");
        var link = CertificateAuthority.CrossSign(made, former, formerKey, now);
        // The key last: until then the former authority works as it did, with one more that is trusted.
        await files.WriteAsync(files.CaLink, link.ExportCertificatePem() + "\n", cancellationToken);
        await files.WriteAsync(files.CaCertificate, made.ExportCertificatePem() + "\n" + former.ExportCertificatePem() + "\n", cancellationToken);
        await files.WriteAsync(files.CaKey, key.ExportPkcs8PrivateKeyPem() + "\n", cancellationToken);
        return made;
    }

    /// <summary>Ends the trust in former authorities. What they have issued is refused from the next start on.</summary>
    /// <returns>The authorities that are no longer trusted.</returns>
    /// <exception cref="PkiException">There is no authority, it is damaged, or the server has not been started since it was made.</exception>
    public static async Task<IReadOnlyList<X509Certificate2>> FinishAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = Open(directory);
        using var held = await files.LockAsync(time, cancellationToken);
        var trusted = await files.ReadCertificatesAsync(files.CaCertificate, Advice, cancellationToken);
        using var key = await files.ReadKeyAsync(files.CaKey, Advice, cancellationToken);
        var own = trusted.FirstOrDefault(c => CertificateAuthority.Belongs(c, key)) ?? throw new PkiException($"The key {files.CaKey} belongs to no certificate in {files.CaCertificate}. {Advice}");
        // Without its trust the server could not start on certificates that it has not issued anew yet.
        var serving = files.PathOf("apiserver");
        if (trusted.Count > 1 && File.Exists(serving))
        {
            using var certificate = X509Certificate2.CreateFromPem(await File.ReadAllTextAsync(serving, cancellationToken));
            if (certificate.Issuer != own.Subject) throw new PkiException("The server has not taken the new authority up yet: start it again, and then run this.");
        }

        await files.WriteAsync(files.CaCertificate, own.ExportCertificatePem() + "\n", cancellationToken);
        File.Delete(files.CaLink);
        return [.. trusted.Where(c => c != own)];
    }

    /// <summary>Makes a new key for tokens, which the next start takes up; those of the former stay valid until it is forgotten.</summary>
    /// <exception cref="PkiException">There are no keys.</exception>
    public static async Task RotateTokenKeyAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = Open(directory);
        using var held = await files.LockAsync(time, cancellationToken);
        // The former's public half is in sa.pub already and stays there; the next start adds the new one.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await files.WriteAsync(files.ServiceAccountKey, key.ExportPkcs8PrivateKeyPem() + "\n", cancellationToken);
    }

    /// <summary>Ends the trust in former keys of tokens.</summary>
    /// <exception cref="PkiException">There are no keys, or they are damaged.</exception>
    public static async Task FinishTokenKeyAsync(string directory, TimeProvider time, CancellationToken cancellationToken)
    {
        var files = Open(directory);
        using var held = await files.LockAsync(time, cancellationToken);
        using var key = await files.ReadKeyAsync(files.ServiceAccountKey, "Restore sa.key from a backup.", cancellationToken);
        await files.WriteAsync(files.ServiceAccountPublicKey, key.ExportSubjectPublicKeyInfoPem() + "\n", cancellationToken);
    }

    private static PkiFiles Open(string directory)
    {
        var files = new PkiFiles(directory);
        if (!File.Exists(files.CaKey)) throw new PkiException($"there is no certificate authority in {directory}; run this where the API server runs, with its --data-dir");
        return files;
    }
}
