using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Authentication.Tokens;

namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Tokens and requests for certificates of any form: read or refused, and no damaged token is believed.</summary>
public sealed class CredentialFuzzTests(ITestOutputHelper output)
{
    private static readonly ResourceDefinition Requests = BuiltInResources.All.First(r => r.Kind.Kind == "CertificateSigningRequest");

    private readonly FuzzRun _run = new(output);

    [Fact]
    public void A_damaged_token_is_never_believed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var signatures = new TokenSignatures(() => new TokenKeys(key), TimeProvider.System);
        var good = signatures.Sign("""{"iss":"https://kubernetes.default.svc","sub":"system:serviceaccount:a:b","aud":["x"],"exp":1999999999,"kubernetes.io":{"namespace":"a","serviceaccount":{"name":"b","uid":"u"}}}""");
        Assert.NotNull(Verified(signatures, good));
        _run.Repeat((random, json) =>
        {
            var parts = good.Split('.');
            var token = random.Next(3) switch
            {
                0 => Encoding.Latin1.GetString(Damage.Of(Encoding.ASCII.GetBytes(good), random)),
                1 => $"{parts[0]}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.Any()?.ToJsonString() ?? "null"))}.{parts[2]}",
                _ => $"{Base64Url.EncodeToString(Damage.Of(Base64Url.DecodeFromChars(parts[0]), random))}.{parts[1]}.{(random.Next(2) == 0 ? "" : parts[2])}",
            };
            TokenSignatures.Peek(token);
            if (Verified(signatures, token) is null) return;
            // The last character of base64 has bits that say nothing.
            Assert.Equal(good[..^1], token[..^1]);
        });
    }

    [Fact]
    public void A_request_for_a_certificate_is_read_or_refused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("O=system:nodes,CN=system:node:n", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("n");
        request.CertificateExtensions.Add(names.Build());
        var der = request.CreateSigningRequest();
        _run.Repeat((random, _) =>
        {
            var bytes = random.Next(3) == 0 ? Damage.Of(der, random) : Flipped(der, random);
            var pem = Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", bytes));
            var body = Convert.ToBase64String(random.Next(4) == 0 ? Damage.Of(pem, random) : pem);
            CertificateSubject.Organizations(body);
            var obj = new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = "x" },
                ["spec"] = new JsonObject { ["request"] = body, ["signerName"] = "kubernetes.io/kube-apiserver-client", ["usages"] = new JsonArray("client auth") },
                ["status"] = new JsonObject { ["certificate"] = body },
            };
            var errors = new List<FieldError>();
            Requests.Strategy.ValidateCreate(obj, errors);
        });
    }

    // Verifying does no I/O: it is done when it returns.
    private static TokenClaims? Verified(TokenSignatures signatures, string token) => signatures.VerifyAsync(token).AsTask().GetAwaiter().GetResult();

    private static byte[] Flipped(byte[] bytes, Random random)
    {
        var copy = (byte[])bytes.Clone();
        for (var n = random.Next(1, 4); n > 0; n--) copy[random.Next(copy.Length)] = (byte)random.Next(256);
        return copy;
    }
}
