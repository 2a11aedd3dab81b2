using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Host.Pki;

/// <summary>
/// A certificate with its private key that is replaced before it expires. Whoever uses it asks for <see cref="Current"/> at each handshake
/// instead of keeping it, so that no restart is needed.
/// </summary>
public sealed class RenewingCertificate
{
    private volatile Issued _issued;

    internal RenewingCertificate(CertificateProfile profile, Issued issued)
    {
        Profile = profile;
        _issued = issued;
    }

    /// <summary>Called after each renewal, on the renewing loop, which waits for it. A handler that throws ends that loop.</summary>
    public event Func<RenewingCertificate, CancellationToken, Task>? Renewed;

    /// <summary>The name of the file without its extension, such as <c>apiserver</c>.</summary>
    public string Name => Profile.Name;

    /// <summary>The certificate with its private key.</summary>
    public X509Certificate2 Current => _issued.Certificate;

    /// <summary>The same in the form that TLS servers and clients take without building a chain at each handshake.</summary>
    public SslStreamCertificateContext TlsContext => _issued.Context;

    /// <summary>The certificate as PEM.</summary>
    public string CertificatePem => _issued.CertificatePem;

    /// <summary>The private key as PEM (PKCS#8).</summary>
    public string PrivateKeyPem => _issued.PrivateKeyPem;

    /// <summary>When the certificate will be replaced: after two thirds of its life.</summary>
    public DateTimeOffset RenewAt => _issued.RenewAt;

    internal CertificateProfile Profile { get; }

    internal async Task ReplaceAsync(Issued issued, CancellationToken cancellationToken)
    {
        // The former one may still be in use by a handshake, so it is left to the garbage collector.
        _issued = issued;
        foreach (var handler in Delegate.EnumerateInvocationList(Renewed)) await handler(this, cancellationToken);
    }

    internal sealed class Issued(X509Certificate2 certificate, string certificatePem, string privateKeyPem, X509Certificate2? link)
    {
        public X509Certificate2 Certificate { get; } = certificate;

        // The link goes with it: a peer that knows only the former authority finds its way by it.
        public SslStreamCertificateContext Context { get; } = SslStreamCertificateContext.Create(certificate, link is null ? null : [link], offline: true);

        public string CertificatePem { get; } = certificatePem;

        public string PrivateKeyPem { get; } = privateKeyPem;

        public DateTimeOffset RenewAt { get; } = RenewalTime(certificate);

        public static DateTimeOffset RenewalTime(X509Certificate2 certificate)
        {
            DateTimeOffset from = certificate.NotBefore;
            return from + (certificate.NotAfter - from) * (2.0 / 3.0);
        }
    }
}
