using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Tests.Kinds;

/// <summary>What each way of writing a certificate signing request may change.</summary>
public sealed class CertificateSigningRequestTests
{
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly string Certificate = Pem(new CertificateRequest("CN=a", Key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)).ExportCertificatePem());

    [Fact]
    public void A_new_request_says_nothing_of_the_requester_and_has_no_decision()
    {
        var created = KindFixture.Created(Request(r =>
        {
            r.Map("spec")!["username"] = "root";
            r.Map("spec")!["groups"] = new JsonArray("system:masters");
            r["status"] = Decided("Approved");
        }));
        Assert.Empty(KindFixture.CreateErrors(created));
        Assert.Equal(["expirationSeconds", "request", "signerName", "usages"], created.Map("spec")!.Select(f => f.Key).Order());
        Assert.Empty(created.Map("status")!);
    }

    [Theory]
    [InlineData("signerName", "\"kubernetes.io/legacy-unknown\"", "spec.signerName: Invalid value: \"kubernetes.io/legacy-unknown\": the legacy signerName is not allowed via this API version")]
    [InlineData("signerName", "\"signer\"", "spec.signerName: Invalid value: \"signer\": must be a fully qualified domain and path of the form 'example.com/signer-name'")]
    [InlineData("signerName", "\"signer/name\"", "spec.signerName: Invalid value: \"signer\": should be a domain with at least two segments separated by dots")]
    [InlineData("usages", "[]", "spec.usages: Required value")]
    [InlineData("usages", "[\"any\",\"any\"]", "spec.usages[1]: Duplicate value: \"any\"")]
    [InlineData("expirationSeconds", "60", "spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)")]
    [InlineData("request", "\"aGVsbG8=\"", "spec.request: Invalid value: \"aGVsbG8=\": PEM block type must be CERTIFICATE REQUEST")]
    public void A_bad_request_is_refused(string field, string value, string error) =>
        Assert.Equal([error], KindFixture.CreateErrors(KindFixture.Created(Request(r => r.Map("spec")![field] = JsonNode.Parse(value)))));

    [Fact]
    public void A_request_whose_signature_is_not_its_own_is_refused()
    {
        var der = new CertificateRequest("CN=a", Key, HashAlgorithmName.SHA256).CreateSigningRequest();
        der[^1] ^= 1;
        var request = KindFixture.Created(Request(r => r.Map("spec")!["request"] = Pem(PemEncoding.WriteString("CERTIFICATE REQUEST", der))));
        Assert.StartsWith("spec.request: Invalid value", Assert.Single(KindFixture.CreateErrors(request)));
    }

    [Fact]
    public void Approval_changes_conditions_alone()
    {
        var old = KindFixture.Created(Request());
        var (wanted, errors) = Update("approval", old, r =>
        {
            r.Map("spec")!["signerName"] = "example.com/other";
            r["status"] = Decided("Approved");
            r.Map("status")!["certificate"] = Certificate;
        });
        Assert.Empty(errors);
        Assert.Equal("example.com/signer", wanted.Map("spec").Text("signerName"));
        Assert.Equal("Approved", wanted.Map("status").Items("conditions").Single().Text("type"));
        Assert.False(wanted.Map("status")!.ContainsKey("certificate"));
    }

    [Fact]
    public void A_decision_is_made_once()
    {
        var old = KindFixture.Created(Request());
        old["status"] = Decided("Approved");
        Assert.Equal(["status.conditions: Invalid value: \"Denied\": Approved and Denied conditions are mutually exclusive"], Update("approval", old, r => r["status"] = Decided("Approved", "Denied")).Errors);
        Assert.Equal(["status.conditions: Forbidden: updates may not remove a condition of type \"Approved\""], Update("approval", old, r => r["status"] = Decided()).Errors);
        Assert.Equal(["status.conditions[0].status: Unsupported value: \"False\": supported values: \"True\""], Update("approval", old, r => r.Map("status").Items("conditions").Single()["status"] = "False").Errors);
    }

    [Fact]
    public void Status_takes_a_certificate_once_and_no_decision()
    {
        var old = KindFixture.Created(Request());
        Assert.Empty(Update("status", old, r => r["status"] = new JsonObject { ["certificate"] = Certificate }).Errors);
        Assert.Equal(["status.conditions: Forbidden: updates may not add a condition of type \"Approved\""], Update("status", old, r => r["status"] = Decided("Approved")).Errors);
        Assert.Equal(
            ["status.certificate: Invalid value: \"<certificate data>\": only CERTIFICATE PEM blocks are allowed, found \"KEY\""],
            Update("status", old, r => r["status"] = new JsonObject { ["certificate"] = Pem("-----BEGIN KEY-----\neA==\n-----END KEY-----\n") }).Errors);
        old["status"] = new JsonObject { ["certificate"] = Certificate };
        Assert.Equal(["status.certificate: Forbidden: updates may not modify existing certificate content"], Update("status", old, r => r.Map("status")!["certificate"] = Pem(Encoding.ASCII.GetString(Convert.FromBase64String(Certificate)) + "\n")).Errors);
    }

    [Fact]
    public void An_update_changes_metadata_alone()
    {
        var old = KindFixture.Created(Request());
        var (wanted, errors) = Update("", old, r =>
        {
            r.Map("metadata")!["labels"] = new JsonObject { ["a"] = "b" };
            r.Map("spec")!["usages"] = new JsonArray("any");
            r["status"] = Decided("Approved");
        });
        Assert.Empty(errors);
        Assert.True(JsonNode.DeepEquals(old["spec"], wanted["spec"]));
        Assert.True(JsonNode.DeepEquals(old["status"], wanted["status"]));
    }

    private static (JsonObject Object, List<string> Errors) Update(string subresource, JsonObject old, Action<JsonObject> change)
    {
        var wanted = old.DeepClone().AsObject();
        change(wanted);
        var strategy = KindFixture.Definition(old).Strategy;
        var errors = new List<FieldError>();
        switch (subresource)
        {
            case "":
                strategy.PrepareForUpdate(wanted, old);
                strategy.ValidateUpdate(wanted, old, errors);
                break;
            case "status":
                strategy.PrepareForStatusUpdate(wanted, old);
                strategy.ValidateStatusUpdate(wanted, old, errors);
                break;
            default:
                strategy.PrepareForSubresourceUpdate(subresource, wanted, old);
                strategy.ValidateSubresourceUpdate(subresource, wanted, old, errors);
                break;
        }

        return (wanted, [.. errors.Select(e => e.ToString())]);
    }

    private static JsonObject Request(Action<JsonObject>? change = null)
    {
        var request = new JsonObject
        {
            ["apiVersion"] = "certificates.k8s.io/v1",
            ["kind"] = "CertificateSigningRequest",
            ["metadata"] = new JsonObject { ["name"] = "node:a" },
            ["spec"] = new JsonObject
            {
                ["request"] = Pem(new CertificateRequest("CN=a", Key, HashAlgorithmName.SHA256).CreateSigningRequestPem()),
                ["signerName"] = "example.com/signer",
                ["usages"] = new JsonArray("client auth"),
                ["expirationSeconds"] = 3600,
            },
        };
        change?.Invoke(request);
        return request;
    }

    private static JsonObject Decided(params string[] types) =>
        new() { ["conditions"] = new JsonArray([.. types.Select(t => new JsonObject { ["type"] = t, ["status"] = "True" })]) };

    private static string Pem(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
