using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Host.Pki;

/// <summary>What a certificate says: whom it names, where it is valid and what it may be used for.</summary>
internal sealed record CertificateProfile(string Name, string CommonName, string? Organization, bool Server)
{
    public IReadOnlyCollection<string> DnsNames { get; init; } = [];

    public IReadOnlyCollection<IPAddress> Addresses { get; init; } = [];

    /// <summary>Whether a server's certificate also proves who it is as a client.</summary>
    public bool ClientToo { get; init; }

    /// <summary>The extended key usages: 1.3.6.1.5.5.7.3.1 for servers, .2 for clients (RFC 5280, 4.2.1.12).</summary>
    public IReadOnlyList<string> KeyPurposes => !Server ? ["1.3.6.1.5.5.7.3.2"] : ClientToo ? ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"] : ["1.3.6.1.5.5.7.3.1"];

    public X500DistinguishedName Subject
    {
        get
        {
            var builder = new X500DistinguishedNameBuilder();
            if (Organization is not null) builder.AddOrganizationName(Organization);
            builder.AddCommonName(CommonName);
            return builder.Build();
        }
    }

    public static CertificateProfile Client(string name, string commonName, string? organization = null) =>
        new(name, commonName, organization, Server: false);

    /// <summary>Whether a certificate says the same as this profile (its key and times aside).</summary>
    public bool Describes(X509Certificate2 certificate)
    {
        if (!certificate.SubjectName.RawData.AsSpan().SequenceEqual(Subject.RawData)) return false;
        var dns = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var addresses = new HashSet<IPAddress>();
        foreach (var names in certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>())
        {
            dns.UnionWith(names.EnumerateDnsNames());
            addresses.UnionWith(names.EnumerateIPAddresses());
        }

        var purposes = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().SelectMany(e => e.EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>()).ToList();
        return dns.SetEquals(DnsNames) && addresses.SetEquals(Addresses) && KeyPurposes.All(wanted => purposes.Any(p => p.Value == wanted));
    }
}
