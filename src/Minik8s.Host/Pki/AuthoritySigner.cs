using System.Security.Cryptography.X509Certificates;
using Minik8s.Controllers.Certificates;

namespace Minik8s.Host.Pki;

/// <summary>Signs what the controllers have found good, with the authority's key.</summary>
internal sealed class AuthoritySigner(CertificateAuthority authority, TimeSpan longest, TimeProvider time) : ICertificateSigner
{
    public string Sign(CertificateRequest request, IReadOnlyList<string> purposes, bool keyEncipherment, bool withNames, TimeSpan? lifetime) =>
        authority.Issue(request, purposes, keyEncipherment, withNames, time.GetUtcNow(), lifetime is { } wanted && wanted < longest ? wanted : longest);
}
