using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authentication.Tokens;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission;

/// <summary>
/// Fills a secret of type <c>kubernetes.io/service-account-token</c> with a token of the account that its annotation names, the authority and the namespace
/// (what Kubernetes' tokens controller does a moment later). The token has no end: it is valid while the secret is there.
/// </summary>
internal sealed class TokenSecretAdmission(Func<ResourceCache> accounts, TokenOptions options, TokenSignatures signatures) : IAdmission
{
    private const string SecretType = "kubernetes.io/service-account-token";
    private const string NameAnnotation = "kubernetes.io/service-account.name";
    private const string UidAnnotation = "kubernetes.io/service-account.uid";
    private const string ClaimPrefix = "kubernetes.io/serviceaccount/";

    public async ValueTask AdmitAsync(AdmissionRequest request, CancellationToken cancellationToken)
    {
        if (request.Operation == AdmissionOperation.Delete || request.Resource.Kind is not { Group: "", Kind: "Secret" } || request.Object.Text("type") != SecretType) return;
        var annotations = request.Object.Ensure("metadata").Map("annotations");
        // Without an account there is nothing to fill in; validation asks for the annotation, and the controller removes what has lost its account.
        if (annotations.Text(NameAnnotation) is not { Length: > 0 } name || await FindAsync(request.Namespace, name, cancellationToken) is not { } account) return;
        var uid = ObjectIdentity.Read(account).Uid;
        if (annotations.Text(UidAnnotation) is { Length: > 0 } given && given != uid) return;
        annotations![UidAnnotation] = uid;
        var data = request.Object.Ensure("data");
        data.Default("ca.crt", Encode(options.CertificateAuthority()));
        data.Default("namespace", Encode(request.Namespace));
        if (data["token"] is null) data["token"] = Encode(Token(request.Namespace, request.Object.Map("metadata").Text("name") ?? "", name, uid));
    }

    private string Token(string ns, string secret, string account, string uid) => signatures.Sign(new JsonObject
    {
        ["iss"] = ServiceAccountAuthenticator.LegacyIssuer,
        [ClaimPrefix + "namespace"] = ns,
        [ClaimPrefix + "secret.name"] = secret,
        [ClaimPrefix + "service-account.name"] = account,
        [ClaimPrefix + "service-account.uid"] = uid,
        ["sub"] = ServiceAccountName.Of(ns, account),
    }.ToJsonString());

    private async ValueTask<CachedObject?> FindAsync(string ns, string name, CancellationToken cancellationToken)
    {
        var cache = accounts();
        var key = $"{cache.Prefix}{ns}/{name}";
        if (cache.Find(key) is { } quick) return quick;
        await cache.WaitForStoreAsync(cancellationToken);
        return cache.Find(key);
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
