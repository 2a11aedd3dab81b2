using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Minik8s.Api;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Accepts the short-lived tokens with which nodes join: a secret <c>bootstrap-token-ID</c> in kube-system (Kubernetes' bootstrap tokens).</summary>
internal sealed partial class BootstrapTokenAuthenticator(ObjectIdentities identities, IReadOnlyList<string> serverAudiences, TimeProvider time) : ITokenAuthenticator
{
    private const string Namespace = "kube-system";
    private const string SecretType = "bootstrap.kubernetes.io/token";
    private const string DefaultGroup = "system:bootstrappers";

    public async ValueTask<TokenVerdict?> AuthenticateAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        if (Form().Match(token) is not { Success: true } match) return null;
        var (id, key) = (match.Groups[1].Value, match.Groups[2].Value);
        var secret = await identities.FindAsync("secrets", Namespace, $"bootstrap-token-{id}", "", cancellationToken);
        if (secret is null || secret.Deleted is not null) return TokenVerdict.Invalid("the bootstrap token is not known");
        using var document = ObjectJson.Document(secret.Object.Json);
        var data = document.RootElement.TryGetProperty("data", out var map) ? map : default;
        if (!document.RootElement.TryGetProperty("type", out var type) || type.GetString() != SecretType) return TokenVerdict.Invalid("the bootstrap token is not known");
        if (!CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(Text(data, "token-secret")), Encoding.UTF8.GetBytes(key)) || Text(data, "token-id") != id)
        {
            return TokenVerdict.Invalid("the bootstrap token is not known");
        }

        if (IsExpired(Text(data, "expiration"))) return TokenVerdict.Invalid("the bootstrap token has expired");
        if (Text(data, "usage-bootstrap-authentication") != "true") return TokenVerdict.Invalid("the bootstrap token is not for authentication");
        string[] groups = [DefaultGroup, .. Text(data, "auth-extra-groups").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        // A group beyond these would let whoever may write secrets in kube-system become anybody.
        if (groups.Any(g => !ExtraGroup().IsMatch(g))) return TokenVerdict.Invalid("the bootstrap token names a group that is not allowed");
        string[] meant = [.. audiences.Where(serverAudiences.Contains)];
        return meant.Length == 0
            ? TokenVerdict.Invalid("the bootstrap token is for the API server only")
            : new(new UserInfo($"system:bootstrap:{id}", [.. groups.Distinct(StringComparer.Ordinal)]), meant, "");
    }

    /// <summary>A time that cannot be read counts as past.</summary>
    private bool IsExpired(string text) =>
        text.Length > 0 && (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end) || end <= time.GetUtcNow());

    private static string Text(JsonElement data, string key) =>
        data.ValueKind == JsonValueKind.Object && data.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.TryGetBytesFromBase64(out var bytes) ? Encoding.UTF8.GetString(bytes) : "";

    [GeneratedRegex("^([a-z0-9]{6})\\.([a-z0-9]{16})\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();

    [GeneratedRegex("^system:bootstrappers(:[a-z0-9:-]{0,255}[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex ExtraGroup();
}
