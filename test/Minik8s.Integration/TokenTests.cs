using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Bearer tokens: those of ServiceAccounts, those in secrets, and those with which nodes join.</summary>
public sealed class TokenTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private const string Issuer = "https://kubernetes.default.svc.cluster.local";

    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_token_is_its_account_until_the_account_is_deleted()
    {
        (await _plane.Kubectl("create", "serviceaccount", "robot")).Succeeded();
        var token = await CreateAsync("robot");
        var who = (await _plane.KubectlWithToken(token, "auth", "whoami", "-o", "yaml")).Succeeded();
        Assert.Contains("username: system:serviceaccount:default:robot", who);
        Assert.Contains("- system:serviceaccounts:default", who);
        Assert.Contains("authentication.kubernetes.io/credential-id", who);
        var refused = await _plane.KubectlWithToken(token, "get", "pods");
        Assert.Contains("User \"system:serviceaccount:default:robot\" cannot list resource \"pods\" in API group \"\" in the namespace \"default\"", refused.Error);
        (await _plane.Kubectl("delete", "serviceaccount", "robot")).Succeeded();
        await IsRevokedAsync(token);
        // A new account of the name is somebody else.
        (await _plane.Kubectl("create", "serviceaccount", "robot")).Succeeded();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));
    }

    [Fact]
    public async Task A_token_that_is_bound_to_a_pod_ends_with_the_pod_and_names_it()
    {
        (await _plane.Kubectl("create", "serviceaccount", "bound")).Succeeded();
        (await _plane.KubectlWithInput("""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"holder"},"spec":{"serviceAccountName":"bound","containers":[{"name":"c","image":"x"}]}}""", "apply", "-f", "-")).Succeeded();
        var token = (await _plane.Kubectl("create", "token", "bound", "--bound-object-kind=Pod", "--bound-object-name=holder", "--duration=3607s")).Succeeded().Trim();
        var claims = Claims(token);
        Assert.Equal("holder", claims["kubernetes.io"]!["pod"]!["name"]!.GetValue<string>());
        Assert.Equal(3607, claims["kubernetes.io"]!["warnafter"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());
        Assert.Equal(365 * 24 * 3600, claims["exp"]!.GetValue<long>() - claims["iat"]!.GetValue<long>());
        Assert.Contains("authentication.kubernetes.io/pod-name", (await _plane.KubectlWithToken(token, "auth", "whoami", "-o", "yaml")).Succeeded());
        (await _plane.Kubectl("create", "serviceaccount", "stranger")).Succeeded();
        var foreign = await _plane.Kubectl("create", "token", "stranger", "--bound-object-kind=Pod", "--bound-object-name=holder");
        Assert.Contains("cannot bind token for serviceaccount \"stranger\" to pod running with different serviceaccount name.", foreign.Error);
        var other = await _plane.Kubectl("create", "token", "bound", "--bound-object-kind=Pod", "--bound-object-name=holder", "--bound-object-uid=00000000-0000-0000-0000-000000000000");
        Assert.Contains("does not match the UID in record", other.Error);
        (await _plane.Kubectl("delete", "pod", "holder", "--now")).Succeeded();
        await IsRevokedAsync(token);
    }

    [Fact]
    public async Task A_token_says_what_Kubernetes_tokens_say_and_the_published_keys_verify_it()
    {
        (await _plane.Kubectl("create", "serviceaccount", "published")).Succeeded();
        var token = await CreateAsync("published", "--audience=vault", "--duration=20m");
        var claims = Claims(token);
        Assert.Equal(Issuer, claims["iss"]!.GetValue<string>());
        Assert.Equal("""["vault"]""", claims["aud"]!.ToJsonString());
        Assert.Equal(1200, claims["exp"]!.GetValue<long>() - claims["nbf"]!.GetValue<long>());
        Assert.Equal("system:serviceaccount:default:published", claims["sub"]!.GetValue<string>());
        Assert.True(Guid.TryParse(claims["jti"]!.GetValue<string>(), out _));
        Assert.Equal("default", claims["kubernetes.io"]!["namespace"]!.GetValue<string>());
        using var client = _plane.Client();
        var discovery = JsonNode.Parse(await client.GetStringAsync("/.well-known/openid-configuration"))!;
        Assert.Equal(Issuer, discovery["issuer"]!.GetValue<string>());
        Assert.EndsWith("/openid/v1/jwks", discovery["jwks_uri"]!.GetValue<string>());
        var keys = new JsonWebKeySet(await client.GetStringAsync("/openid/v1/jwks"));
        var result = await new JsonWebTokenHandler().ValidateTokenAsync(token, new TokenValidationParameters { ValidIssuer = Issuer, ValidAudience = "vault", IssuerSigningKeys = keys.Keys });
        Assert.True(result.IsValid, result.Exception?.Message);
        // It is not meant for the API server.
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));
        var review = await ReviewAsync(token, "vault");
        Assert.True(review["authenticated"]!.GetValue<bool>());
        Assert.Equal("system:serviceaccount:default:published", review["user"]!["username"]!.GetValue<string>());
        Assert.Contains("invalid for the target audiences", (await ReviewAsync(token))["error"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("9m", "may not specify a duration less than 10 minutes")]
    [InlineData("1193050h", "may not specify a duration larger than 2^32 seconds")]
    public async Task A_token_has_a_life_within_bounds(string duration, string message) =>
        Assert.Contains(message, (await _plane.Kubectl("create", "token", "default", $"--duration={duration}")).Error);

    [Theory]
    [InlineData("as issued", true)]
    [InlineData("expired")]
    [InlineData("not yet valid")]
    [InlineData("no expiry")]
    [InlineData("other key")]
    [InlineData("other key under the same id")]
    [InlineData("algorithm none")]
    [InlineData("algorithm none with a signature")]
    [InlineData("symmetric with the public key")]
    [InlineData("changed payload")]
    [InlineData("no signature")]
    [InlineData("foreign issuer")]
    [InlineData("foreign audience")]
    [InlineData("other subject")]
    [InlineData("other uid")]
    [InlineData("absent pod")]
    [InlineData("absent account")]
    [InlineData("garbage")]
    [InlineData("garbage in three parts")]
    public async Task Only_a_token_that_is_good_in_every_respect_is_taken(string how, bool good = false)
    {
        await _plane.Kubectl("create", "serviceaccount", "crafted");
        var uid = (await _plane.Kubectl("get", "serviceaccount", "crafted", "-o", "jsonpath={.metadata.uid}")).Succeeded();
        Assert.Equal(good ? HttpStatusCode.OK : HttpStatusCode.Unauthorized, await StatusAsync(Craft(how, uid)));
    }

    [Fact]
    public async Task A_token_of_the_former_key_stays_valid_when_the_key_changes()
    {
        await using var plane = await TestControlPlane.StartAsync();
        (await plane.Kubectl("create", "serviceaccount", "old")).Succeeded();
        var token = (await plane.Kubectl("create", "token", "old")).Succeeded().Trim();
        File.Delete(Path.Combine(plane.PkiDirectory, "sa.key"));
        await plane.RestartAsync(renewKeys: true);
        using var client = plane.Client(token);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/api")).StatusCode);
        var fresh = (await plane.Kubectl("create", "token", "old")).Succeeded().Trim();
        Assert.NotEqual(token.Split('.')[0], fresh.Split('.')[0]);
        File.Delete(Path.Combine(plane.PkiDirectory, "sa.pub"));
        await plane.RestartAsync(renewKeys: true);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/api")).StatusCode);
    }

    [Fact]
    public async Task A_bootstrap_token_is_its_secret_while_that_is_there_and_not_expired()
    {
        (await CreateBootstrapAsync("abcdef", "0123456789abcdef", """, "auth-extra-groups": "system:bootstrappers:edge" """)).Succeeded();
        var who = (await _plane.KubectlWithToken("abcdef.0123456789abcdef", "auth", "whoami", "-o", "yaml")).Succeeded();
        Assert.Contains("username: system:bootstrap:abcdef", who);
        Assert.Contains("- system:bootstrappers\n", who);
        Assert.Contains("- system:bootstrappers:edge", who);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("abcdef.0123456789abcdee"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("abcdeg.0123456789abcdef"));
        (await _plane.Kubectl("delete", "secret", "-n", "kube-system", "bootstrap-token-abcdef")).Succeeded();
        await IsRevokedAsync("abcdef.0123456789abcdef");
        (await CreateBootstrapAsync("expire", "0123456789abcdef", """, "expiration": "2020-01-01T00:00:00Z" """)).Succeeded();
        (await CreateBootstrapAsync("groups", "0123456789abcdef", """, "auth-extra-groups": "system:masters" """)).Succeeded();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("expire.0123456789abcdef"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync("groups.0123456789abcdef"));
    }

    [Fact]
    public async Task A_token_in_a_secret_is_valid_while_the_secret_is_there()
    {
        (await _plane.Kubectl("create", "serviceaccount", "legacy")).Succeeded();
        (await _plane.KubectlWithInput(
            """{"apiVersion":"v1","kind":"Secret","type":"kubernetes.io/service-account-token","metadata":{"name":"legacy-token","annotations":{"kubernetes.io/service-account.name":"legacy"}}}""", "create", "-f", "-")).Succeeded();
        var token = Encoding.UTF8.GetString(Convert.FromBase64String((await _plane.Kubectl("get", "secret", "legacy-token", "-o", "jsonpath={.data.token}")).Succeeded()));
        Assert.Contains("username: system:serviceaccount:default:legacy", (await _plane.KubectlWithToken(token, "auth", "whoami", "-o", "yaml")).Succeeded());
        Assert.Equal("default", Encoding.UTF8.GetString(Convert.FromBase64String((await _plane.Kubectl("get", "secret", "legacy-token", "-o", "jsonpath={.data.namespace}")).Succeeded())));
        Assert.Contains("BEGIN CERTIFICATE", Encoding.UTF8.GetString(Convert.FromBase64String((await _plane.Kubectl("get", "secret", "legacy-token", "-o", @"jsonpath={.data.ca\.crt}")).Succeeded())));
        // The secret must hold this very token.
        (await _plane.Kubectl("patch", "secret", "legacy-token", "-p", """{"data":{"token":"b3RoZXI="}}""")).Succeeded();
        await IsRevokedAsync(token);
        (await _plane.Kubectl("delete", "secret", "legacy-token")).Succeeded();
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(token));
    }

    private Task<ProcessResult> CreateBootstrapAsync(string id, string secret, string more) => _plane.KubectlWithInput(
        $$"""
        {"apiVersion":"v1","kind":"Secret","type":"bootstrap.kubernetes.io/token","metadata":{"name":"bootstrap-token-{{id}}","namespace":"kube-system"},
         "stringData":{"token-id":"{{id}}","token-secret":"{{secret}}","usage-bootstrap-authentication":"true" {{more}} } }
        """,
        "create", "-f", "-");

    private async Task<string> CreateAsync(string account, params string[] more) => (await _plane.Kubectl(["create", "token", account, .. more])).Succeeded().Trim();

    private async Task<HttpStatusCode> StatusAsync(string token)
    {
        using var client = _plane.Client(token);
        return (await client.GetAsync("/api")).StatusCode;
    }

    private Task IsRevokedAsync(string token) => Eventually.True(async () => await StatusAsync(token) == HttpStatusCode.Unauthorized, "the token is revoked", TimeSpan.FromSeconds(5));

    private async Task<JsonNode> ReviewAsync(string token, params string[] audiences)
    {
        using var client = _plane.Client();
        var spec = new JsonObject { ["token"] = token };
        if (audiences.Length > 0) spec["audiences"] = new JsonArray([.. audiences.Select(a => (JsonNode)a)]);
        var response = await client.PostAsync("/apis/authentication.k8s.io/v1/tokenreviews", new StringContent(new JsonObject { ["spec"] = spec }.ToJsonString(), Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!["status"]!;
    }

    private static JsonNode Claims(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!;

    private string Craft(string how, string uid)
    {
        using var own = ECDsa.Create();
        own.ImportFromPem(File.ReadAllText(Path.Combine(_plane.PkiDirectory, "sa.key")));
        var id = Base64Url.EncodeToString(SHA256.HashData(own.ExportSubjectPublicKeyInfo()));
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var kubernetes = new JsonObject { ["namespace"] = "default", ["serviceaccount"] = new JsonObject { ["name"] = how == "absent account" ? "nobody" : "crafted", ["uid"] = how == "other uid" ? "x" : uid } };
        if (how == "absent pod") kubernetes["pod"] = new JsonObject { ["name"] = "nowhere", ["uid"] = "x" };
        var payload = new JsonObject
        {
            ["iss"] = how == "foreign issuer" ? "https://elsewhere" : Issuer,
            ["aud"] = new JsonArray(how == "foreign audience" ? "elsewhere" : Issuer),
            ["sub"] = how == "other subject" ? "system:serviceaccount:kube-system:default" : how == "absent account" ? "system:serviceaccount:default:nobody" : "system:serviceaccount:default:crafted",
            ["exp"] = how == "expired" ? now - 1 : now + 600,
            ["nbf"] = how == "not yet valid" ? now + 120 : now - 10,
            ["kubernetes.io"] = kubernetes,
        };
        if (how == "no expiry") payload.Remove("exp");
        switch (how)
        {
            case "garbage":
                return "garbage";
            case "garbage in three parts":
                return "a.b.c";
            case "other key":
                using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256)) return Sign(new ECDsaSecurityKey(other) { KeyId = "other" }, "ES256", payload);
            case "other key under the same id":
                using (var other = ECDsa.Create(ECCurve.NamedCurves.nistP256)) return Sign(new ECDsaSecurityKey(other) { KeyId = id }, "ES256", payload);
            case "algorithm none" or "algorithm none with a signature":
                return $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{Encode(payload.ToJsonString())}.{(how == "algorithm none" ? "" : "AAAA")}";
            case "symmetric with the public key":
                return Sign(new SymmetricSecurityKey(own.ExportSubjectPublicKeyInfo()) { KeyId = id }, "HS256", payload);
        }

        var token = Sign(new ECDsaSecurityKey(own) { KeyId = id }, "ES256", payload);
        var parts = token.Split('.');
        payload["sub"] = "system:serviceaccount:kube-system:default";
        return how switch
        {
            "changed payload" => $"{parts[0]}.{Encode(payload.ToJsonString())}.{parts[2]}",
            "no signature" => $"{parts[0]}.{parts[1]}.",
            _ => token,
        };
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static string Sign(SecurityKey key, string algorithm, JsonObject payload) =>
        new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(payload.ToJsonString(), new SigningCredentials(key, algorithm) { CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } });
}
