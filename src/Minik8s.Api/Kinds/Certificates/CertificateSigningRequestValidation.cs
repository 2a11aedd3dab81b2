using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Certificates;

/// <summary>Checks of certificate signing requests (certificates/validation).</summary>
internal static class CertificateSigningRequestValidation
{
    private const string LegacySigner = "kubernetes.io/legacy-unknown";
    private const int ShortestLife = 600;

    private static readonly string[] Usages =
    [
        "any", "cert sign", "client auth", "code signing", "content commitment", "crl sign", "data encipherment", "decipher only", "digital signature", "email protection",
        "encipher only", "ipsec end system", "ipsec tunnel", "ipsec user", "key agreement", "key encipherment", "microsoft sgc", "netscape sgc", "ocsp signing", "s/mime",
        "server auth", "signing", "timestamping",
    ];

    /// <param name="obj">The request.</param>
    /// <param name="old">The request as it was: what was bad then is tolerated now. Null for a new one.</param>
    /// <param name="errors">Receives the failures.</param>
    public static void Validate(JsonObject obj, JsonObject? old, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        // What was taken once stays as it is, so it is not read again.
        if (old is null && RequestMistake(spec.Text("request") ?? "") is { } why) errors.Invalid("spec.request", spec["request"], why);
        ValidateUsages(spec, errors);
        ValidateSigner(spec.Text("signerName") ?? "", errors);
        if (spec.Number("expirationSeconds") is < ShortestLife and var seconds) errors.Invalid("spec.expirationSeconds", seconds, "may not specify a duration less than 600 seconds (10 minutes)");
        ValidateConditions(obj, errors);
        var certificate = obj.Map("status").Text("certificate") ?? "";
        if (certificate.Length > 0 && certificate != old.Map("status").Text("certificate") && CertificateMistake(certificate) is { } mistake)
        {
            errors.Invalid("status.certificate", "<certificate data>", mistake);
        }
    }

    private static void ValidateUsages(JsonObject spec, ICollection<FieldError> errors)
    {
        var usages = spec.Texts("usages").ToList();
        if (usages.Count == 0) errors.Required("spec.usages");
        var seen = new HashSet<string>();
        for (var i = 0; i < usages.Count; i++)
        {
            if (!Usages.Contains(usages[i])) errors.NotSupported($"spec.usages[{i}]", usages[i], Usages);
            if (!seen.Add(usages[i])) errors.Duplicate($"spec.usages[{i}]", usages[i]);
        }
    }

    /// <summary>A signer's name: a domain, a slash and a path of DNS names.</summary>
    private static void ValidateSigner(string name, ICollection<FieldError> errors)
    {
        const string field = "spec.signerName";
        var parts = name.Split('/');
        if (name == LegacySigner) errors.Invalid(field, name, "the legacy signerName is not allowed via this API version");
        else if (name.Length == 0) errors.Required(field);
        else if (parts.Length != 2) errors.Invalid(field, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'");
        if (name is "" or LegacySigner || parts.Length != 2) return;
        var (domain, path) = (parts[0], parts[1]);
        if (domain.Length > 253) errors.TooLong(field, 253);
        foreach (var label in domain.Split('.')) errors.All(field, domain, Names.DnsLabel(label).Select(r => $"validating label \"{label}\": {r}"));
        if (!domain.Contains('.')) errors.Invalid(field, domain, "should be a domain with at least two segments separated by dots");
        foreach (var label in path.Split('.')) errors.All(field, path, Names.DnsSubdomain(label).Select(r => $"validating label \"{label}\": {r}"));
        const int longest = 253 + 253 + 63 + 2;
        if (name.Length > longest) errors.TooLong(field, longest);
    }

    private static void ValidateConditions(JsonObject obj, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        var i = 0;
        foreach (var condition in obj.Map("status").Items("conditions"))
        {
            var path = $"status.conditions[{i++}]";
            var (type, status) = (condition.Text("type") ?? "", condition.Text("status") ?? "");
            if (type.Length == 0) errors.Required($"{path}.type");
            string[] allowed = type is "Approved" or "Denied" or "Failed" ? ["True"] : ["False", "True", "Unknown"];
            errors.OneOf($"{path}.status", status, allowed);
            if (type == "Approved" && seen.Contains("Denied") || type == "Denied" && seen.Contains("Approved")) errors.Invalid("status.conditions", type, "Approved and Denied conditions are mutually exclusive");
            if (!seen.Add(type)) errors.Duplicate($"{path}.type", type);
        }
    }

    private static string? RequestMistake(string base64)
    {
        var text = Decode(base64);
        if (!PemEncoding.TryFind(text, out var fields) || text[fields.Label] != "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
        try
        {
            // Reading it checks its signature.
            CertificateRequest.LoadSigningRequest(Convert.FromBase64String(text[fields.Base64Data]), HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException or ArgumentException)
        {
            return e.Message;
        }
    }

    private static string? CertificateMistake(string base64)
    {
        var rest = Decode(base64);
        var blocks = 0;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            var label = rest[fields.Label];
            if (label != "CERTIFICATE") return $"only CERTIFICATE PEM blocks are allowed, found \"{label}\"";
            try
            {
                X509CertificateLoader.LoadCertificate(Convert.FromBase64String(rest[fields.Base64Data])).Dispose();
            }
            catch (CryptographicException e)
            {
                return e.Message;
            }

            blocks++;
            rest = rest[fields.Location.End..];
        }

        return blocks == 0 ? "must contain at least one CERTIFICATE PEM block" : null;
    }

    /// <summary>The text behind a field of bytes; the decoder has made sure that it is base64.</summary>
    private static string Decode(string base64) => Encoding.UTF8.GetString(Convert.FromBase64String(base64));
}
