using System.Security.Cryptography.X509Certificates;

namespace Minik8s.Controllers.Certificates;

/// <summary>Signs with the key of the cluster's certificate authority.</summary>
public interface ICertificateSigner
{
    /// <summary>Issues a certificate for what a request asks for.</summary>
    /// <param name="request">The subject, public key and names; its signature has been checked.</param>
    /// <param name="purposes">The extended key usages, as object identifiers.</param>
    /// <param name="keyEncipherment">Whether the key may also encipher keys (RSA).</param>
    /// <param name="withNames">Whether the request's alternative names are taken over.</param>
    /// <param name="lifetime">How long it is to be valid; null: as long as the authority's own certificates.</param>
    /// <returns>The certificate as PEM.</returns>
    string Sign(CertificateRequest request, IReadOnlyList<string> purposes, bool keyEncipherment, bool withNames, TimeSpan? lifetime);
}
