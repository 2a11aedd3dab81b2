using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Host.Pki;

/// <summary>The cluster's certificate authority: issues certificates with keys of their own (ECDSA P-256, SHA-256).</summary>
internal sealed class CertificateAuthority : IDisposable
{
    // A peer whose clock is a little behind must accept a new certificate.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly ECDsa _key;

    /// <param name="certificate">The certificate.</param>
    /// <param name="key">Its key.</param>
    /// <param name="former">Authorities of before, which are trusted until everything that they have signed is replaced.</param>
    public CertificateAuthority(X509Certificate2 certificate, ECDsa key, params IReadOnlyList<X509Certificate2> former)
    {
        Certificate = certificate;
        Trusted = [certificate, .. former];
        _key = key;
        Pem = string.Concat(Trusted.Select(c => c.ExportCertificatePem() + "\n"));
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>This authority as its predecessor has signed it; null where there is none.</summary>
    public X509Certificate2? Link { get; init; }

    /// <summary>This authority's certificate and those of its predecessors.</summary>
    public IReadOnlyList<X509Certificate2> Trusted { get; }

    /// <summary>All trusted certificates as PEM.</summary>
    public string Pem { get; }

    /// <summary>Signs a certificate authority's own certificate.</summary>
    public static X509Certificate2 SelfSign(ECDsa key, DateTimeOffset now, TimeSpan lifetime, string commonName = "minik8s-ca")
    {
        var builder = new X500DistinguishedNameBuilder();
        builder.AddCommonName(commonName);
        var request = AuthorityRequest(builder.Build(), new PublicKey(key));
        return request.Create(request.SubjectName, X509SignatureGenerator.CreateForECDsa(key), now - ClockSkew, now + lifetime, Serial());
    }

    /// <summary>Signs an authority's certificate by another authority, so that whoever trusts the other trusts it too.</summary>
    public static X509Certificate2 CrossSign(X509Certificate2 authority, X509Certificate2 other, ECDsa otherKey, DateTimeOffset now)
    {
        var request = AuthorityRequest(authority.SubjectName, authority.PublicKey);
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(other, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        DateTimeOffset end = other.NotAfter < authority.NotAfter ? other.NotAfter : authority.NotAfter;
        DateTimeOffset start = other.NotBefore > (now - ClockSkew).LocalDateTime ? other.NotBefore : now - ClockSkew;
        return request.Create(other.SubjectName, X509SignatureGenerator.CreateForECDsa(otherKey), start, end, Serial());
    }

    /// <summary>Whether a certificate is that of a key.</summary>
    public static bool Belongs(X509Certificate2 certificate, ECDsa key) => key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());

    private static CertificateRequest AuthorityRequest(X500DistinguishedName name, PublicKey key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    /// <summary>Issues a certificate with a new key. It never outlives the authority.</summary>
    public RenewingCertificate.Issued Issue(CertificateProfile profile, DateTimeOffset now, TimeSpan lifetime)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(profile.Subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. profile.KeyPurposes.Select(p => new Oid(p))], critical: false));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        if (profile.DnsNames.Count + profile.Addresses.Count > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            foreach (var name in profile.DnsNames) names.AddDnsName(name);
            foreach (var address in profile.Addresses) names.AddIpAddress(address);
            request.CertificateExtensions.Add(names.Build());
        }

        using var signed = Sign(request, now, lifetime);
        var certificate = signed.CopyWithPrivateKey(key);
        return new(certificate, certificate.ExportCertificatePem() + "\n", key.ExportPkcs8PrivateKeyPem() + "\n", Link);
    }

    /// <summary>Issues a certificate for a key that somebody else holds.</summary>
    /// <param name="asked">The subject, public key and alternative names.</param>
    /// <param name="purposes">The extended key usages.</param>
    /// <param name="keyEncipherment">Whether the key may encipher keys.</param>
    /// <param name="withNames">Whether the alternative names are taken over.</param>
    /// <param name="now">The time.</param>
    /// <param name="lifetime">How long it is valid; it never outlives the authority.</param>
    /// <returns>The certificate as PEM.</returns>
    public string Issue(CertificateRequest asked, IReadOnlyList<string> purposes, bool keyEncipherment, bool withNames, DateTimeOffset now, TimeSpan lifetime)
    {
        var request = new CertificateRequest(asked.SubjectName, asked.PublicKey, HashAlgorithmName.SHA256);
        var usage = X509KeyUsageFlags.DigitalSignature | (keyEncipherment ? X509KeyUsageFlags.KeyEncipherment : 0);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usage, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([.. purposes.Select(p => new Oid(p))], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(Certificate, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        // Of what the client wishes, only the names: anything else could make an authority of it.
        if (withNames && asked.CertificateExtensions.FirstOrDefault(e => e.Oid?.Value == "2.5.29.17") is { } names) request.CertificateExtensions.Add(new X509SubjectAlternativeNameExtension(names.RawData));
        using var signed = Sign(request, now, lifetime);
        return signed.ExportCertificatePem() + "\n";
    }

    private X509Certificate2 Sign(CertificateRequest request, DateTimeOffset now, TimeSpan lifetime)
    {
        DateTimeOffset end = Certificate.NotAfter;
        var notAfter = now + lifetime < end ? now + lifetime : end;
        DateTimeOffset start = Certificate.NotBefore;
        var notBefore = now - ClockSkew > start ? now - ClockSkew : start;
        return request.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(_key), notBefore, notAfter, Serial());
    }

    /// <summary>Whether this authority's key signed the certificate; its times are not looked at.</summary>
    public bool HasIssued(X509Certificate2 certificate) => IsIssuedBy(certificate, Certificate);

    /// <summary>Whether one of its predecessors signed the certificate.</summary>
    public bool FormerHasIssued(X509Certificate2 certificate) => Trusted.Skip(1).Any(former => IsIssuedBy(certificate, former));

    private static bool IsIssuedBy(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationFlags = X509VerificationFlags.IgnoreNotTimeValid;
        return chain.Build(certificate);
    }

    public void Dispose()
    {
        _key.Dispose();
        foreach (var certificate in Trusted) certificate.Dispose();
    }

    private static byte[] Serial()
    {
        var serial = RandomNumberGenerator.GetBytes(16);
        // Positive and not zero, as RFC 5280 wants.
        serial[0] = (byte)(serial[0] & 0x7f | 0x40);
        return serial;
    }
}
