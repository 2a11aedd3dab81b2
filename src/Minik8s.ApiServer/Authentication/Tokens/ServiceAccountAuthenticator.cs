using System.Security.Cryptography;
using System.Text;
using Minik8s.Api;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>
/// Accepts the tokens of ServiceAccounts: signed by one of the cluster's keys, for this audience, now; and the account and the object that the token is
/// bound to must still be there with the same uid, which is looked at for every request, so that a deletion revokes at once.
/// </summary>
internal sealed class ServiceAccountAuthenticator(TokenSignatures signatures, string issuer, ObjectIdentities identities, TimeProvider time) : ITokenAuthenticator
{
    /// <summary>The issuer of tokens that live in secrets.</summary>
    public const string LegacyIssuer = "kubernetes/serviceaccount";

    private const string Expired = "service account token has expired";
    private const string NotYet = "service account token is not valid yet";
    private const string Invalidated = "service account token has been invalidated";

    // Clocks of several API servers may differ a little, and an object that is being deleted stays usable for as long (go-jose's default leeway).
    private static readonly TimeSpan Leeway = TimeSpan.FromMinutes(1);

    public async ValueTask<TokenVerdict?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        var peeked = TokenSignatures.Peek(token);
        if (peeked is null || peeked.Issuer != issuer && peeked.Issuer != LegacyIssuer) return null;
        if (await signatures.VerifyAsync(token) is not { } claims) return TokenVerdict.Invalid("the token's signature is not of this cluster");
        var legacy = claims.Issuer == LegacyIssuer;
        // A token in a secret is for the API server, which is what its audience would say if it had one.
        string[] meant = legacy ? [.. audiences] : [.. audiences.Where(claims.Audiences.Contains)];
        if (meant.Length == 0) return TokenVerdict.Invalid($"token audiences [{Quoted(claims.Audiences)}] is invalid for the target audiences [{Quoted(audiences)}]");
        var error = legacy ? null : CheckTimes(claims);
        error ??= claims.Subject == ServiceAccountName.Of(claims.Namespace, claims.Account.Name) ? null : "sub claim doesn't match the service account";
        error ??= await CheckAccountAsync(claims, cancellationToken);
        error ??= legacy ? await CheckLegacySecretAsync(claims, token, cancellationToken) : await CheckBoundObjectsAsync(claims, cancellationToken);
        return error is null ? new(User(claims), meant, "") : TokenVerdict.Invalid(error);
    }

    private string? CheckTimes(TokenClaims claims)
    {
        var now = time.GetUtcNow();
        if (claims.Expires is not { } expires || DateTimeOffset.FromUnixTimeSeconds(expires) <= now) return Expired;
        return claims.NotBefore is { } from && DateTimeOffset.FromUnixTimeSeconds(from) > now + Leeway ? NotYet : null;
    }

    private async ValueTask<string?> CheckAccountAsync(TokenClaims claims, CancellationToken cancellationToken)
    {
        var account = await identities.FindAsync("serviceaccounts", claims.Namespace, claims.Account.Name, claims.Account.Uid, cancellationToken);
        if (account is null) return $"serviceaccounts \"{claims.Account.Name}\" not found";
        if (IsGone(account)) return $"service account {claims.Namespace}/{claims.Account.Name} has been deleted";
        return account.Uid == claims.Account.Uid ? null : $"service account UID ({account.Uid}) does not match claim ({claims.Account.Uid})";
    }

    private async ValueTask<string?> CheckBoundObjectsAsync(TokenClaims claims, CancellationToken cancellationToken)
    {
        if (claims.Secret is { } secret) return await CheckBoundAsync("secrets", "secret", claims.Namespace, secret, cancellationToken);
        if (claims.Pod is { } pod) return await CheckBoundAsync("pods", "pod", claims.Namespace, pod, cancellationToken);
        return claims.Node is { } node ? await CheckBoundAsync("nodes", "node", "", node, cancellationToken) : null;
    }

    private async ValueTask<string?> CheckBoundAsync(string plural, string kind, string ns, ObjectClaim claim, CancellationToken cancellationToken)
    {
        var found = await identities.FindAsync(plural, ns, claim.Name, claim.Uid, cancellationToken);
        if (found is null || IsGone(found)) return Invalidated;
        return found.Uid == claim.Uid ? null : $"{kind} UID ({found.Uid}) does not match service account {kind} ref claim ({claim.Uid})";
    }

    private async ValueTask<string?> CheckLegacySecretAsync(TokenClaims claims, string token, CancellationToken cancellationToken)
    {
        var secret = await identities.FindAsync("secrets", claims.Namespace, claims.Secret!.Name, "", cancellationToken);
        if (secret is null || IsGone(secret)) return Invalidated;
        using var document = ObjectJson.Document(secret.Object.Json);
        if (!document.RootElement.TryGetProperty("data", out var data) || !data.TryGetProperty("token", out var kept) || !kept.TryGetBytesFromBase64(out var bytes)) return Invalidated;
        return CryptographicOperations.FixedTimeEquals(bytes, Encoding.UTF8.GetBytes(token)) ? null : Invalidated;
    }

    private bool IsGone(ObjectIdentity identity) => identity.Deleted is { } at && at < time.GetUtcNow() - Leeway;

    private static UserInfo User(TokenClaims claims)
    {
        var extra = new SortedDictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (claims.Id.Length > 0) extra["authentication.kubernetes.io/credential-id"] = [$"JTI={claims.Id}"];
        if (claims.Pod is { } pod)
        {
            extra["authentication.kubernetes.io/pod-name"] = [pod.Name];
            extra["authentication.kubernetes.io/pod-uid"] = [pod.Uid];
        }

        if (claims.Node is { } node)
        {
            extra["authentication.kubernetes.io/node-name"] = [node.Name];
            if (node.Uid.Length > 0) extra["authentication.kubernetes.io/node-uid"] = [node.Uid];
        }

        return new(claims.Subject, ServiceAccountName.GroupsOf(claims.Namespace)) { Uid = claims.Account.Uid, Extra = extra };
    }

    private static string Quoted(IEnumerable<string> texts) => string.Join(' ', texts.Select(Authorization.GoText.Quote));
}
