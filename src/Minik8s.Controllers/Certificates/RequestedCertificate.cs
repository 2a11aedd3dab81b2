using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;

namespace Minik8s.Controllers.Certificates;

/// <summary>What a CertificateSigningRequest asks for, read from its PKCS#10 body.</summary>
internal sealed record RequestedCertificate(CertificateRequest Request, string CommonName, IReadOnlyList<string> Organizations, IReadOnlyList<string> DnsNames, int Addresses, bool OtherNames)
{
    private const string CommonNameType = "2.5.4.3";
    private const string OrganizationType = "2.5.4.10";

    /// <exception cref="CryptographicException">The body is not a request, or its signature is wrong.</exception>
    public static RequestedCertificate Read(V1CertificateSigningRequest csr)
    {
        // Alternative names are read from the extensions of the request, which are those that the client wants: they are judged before use.
        var request = CertificateRequest.LoadSigningRequestPem(
            Encoding.ASCII.GetString(csr.Spec.Request), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions, RSASignaturePadding.Pkcs1);
        var parts = request.SubjectName.EnumerateRelativeDistinguishedNames().Where(p => !p.HasMultipleElements).Select(p => (Type: p.GetSingleElementType().Value, Value: p.GetSingleElementValue() ?? "")).ToList();
        var names = request.CertificateExtensions.FirstOrDefault(e => e.Oid?.Value == "2.5.29.17") is { } extension ? new X509SubjectAlternativeNameExtension(extension.RawData) : null;
        var dns = names?.EnumerateDnsNames().ToList() ?? [];
        var addresses = names?.EnumerateIPAddresses().Count() ?? 0;
        return new(
            request,
            parts.LastOrDefault(p => p.Type == CommonNameType).Value ?? "",
            [.. parts.Where(p => p.Type == OrganizationType).Select(p => p.Value)],
            dns,
            addresses,
            names is not null && CountNames(names.RawData) > dns.Count + addresses);
    }

    /// <summary>How many names of any kind (mail addresses and URIs too) there are.</summary>
    private static int CountNames(byte[] extension)
    {
        var reader = new System.Formats.Asn1.AsnReader(extension, System.Formats.Asn1.AsnEncodingRules.DER).ReadSequence();
        var count = 0;
        while (reader.HasData)
        {
            reader.ReadEncodedValue();
            count++;
        }

        return count;
    }
}
