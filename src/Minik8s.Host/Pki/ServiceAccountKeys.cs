using System.Security.Cryptography;

namespace Minik8s.Host.Pki;

/// <summary>
/// The keys of ServiceAccount tokens: <c>sa.key</c> signs, every public key in <c>sa.pub</c> verifies. To change keys, move <c>sa.key</c> away and start
/// again: a new one is made and its public half joins the former ones. To revoke what a former key has signed, remove it from <c>sa.pub</c>.
/// </summary>
internal sealed class ServiceAccountKeys : IDisposable
{
    private const string End = "-----END PUBLIC KEY-----";

    private ServiceAccountKeys(ECDsa signing, IReadOnlyList<ECDsa> former)
    {
        Signing = signing;
        Former = former;
    }

    public ECDsa Signing { get; }

    /// <summary>Public keys of before.</summary>
    public IReadOnlyList<ECDsa> Former { get; }

    /// <exception cref="PkiException">A file is damaged or inaccessible; nothing of it was changed.</exception>
    public static async Task<ServiceAccountKeys> EnsureAsync(PkiFiles files, CancellationToken cancellationToken)
    {
        if (!File.Exists(files.ServiceAccountKey))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            await files.WriteAsync(files.ServiceAccountKey, made.ExportPkcs8PrivateKeyPem() + "\n", cancellationToken);
        }

        var signing = await files.ReadKeyAsync(
            files.ServiceAccountKey, "Restore it from a backup, or move it away and start again: a new one is made, and tokens of the former stay valid while its public key is in sa.pub.", cancellationToken);
        var own = signing.ExportSubjectPublicKeyInfoPem();
        var blocks = File.Exists(files.ServiceAccountPublicKey) ? Split(await File.ReadAllTextAsync(files.ServiceAccountPublicKey, cancellationToken)) : [];
        if (!blocks.Contains(own))
        {
            blocks.Insert(0, own);
            await files.WriteAsync(files.ServiceAccountPublicKey, string.Concat(blocks.Select(b => b + "\n")), cancellationToken);
        }

        return new(signing, [.. blocks.Where(b => b != own).Select(b => Read(b, files.ServiceAccountPublicKey))]);
    }

    public void Dispose()
    {
        Signing.Dispose();
        foreach (var key in Former) key.Dispose();
    }

    private static List<string> Split(string text)
    {
        var blocks = new List<string>();
        while (text.IndexOf(End, StringComparison.Ordinal) is >= 0 and var end)
        {
            var start = text.IndexOf("-----BEGIN", StringComparison.Ordinal);
            if (start < 0 || start > end) break;
            blocks.Add(text[start..(end + End.Length)]);
            text = text[(end + End.Length)..];
        }

        return blocks;
    }

    private static ECDsa Read(string pem, string path)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new PkiException($"{path} holds a public key that cannot be read: {e.Message} Remove that key from the file; tokens that it verifies are then no longer accepted.", e);
        }
    }
}
