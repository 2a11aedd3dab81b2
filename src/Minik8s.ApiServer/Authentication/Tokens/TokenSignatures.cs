using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Signs tokens and checks signatures. What was verified is remembered within bounds: a client sends the same token with every request.</summary>
internal sealed class TokenSignatures(Func<TokenKeys> keys, TimeProvider time)
{
    private const int Remembered = 4096;
    private static readonly TimeSpan RememberedFor = TimeSpan.FromMinutes(5);

    private readonly JsonWebTokenHandler _handler = new() { SetDefaultTimesOnTokenCreation = false, MaximumTokenSizeInBytes = 64 * 1024 };
    private readonly Dictionary<string, (TokenClaims Claims, DateTimeOffset Until)> _verified = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private readonly Lock _gate = new();

    public string Sign(string payload) => _handler.CreateToken(payload, keys().Signing);

    /// <summary>Who the token says issued it, unverified; null when it is not a JWT of a ServiceAccount's form.</summary>
    public static TokenClaims? Peek(string token)
    {
        // Three parts, the middle one JSON: anything else is some other kind of token.
        var parts = token.Split('.');
        if (parts.Length != 3 || parts.Any(p => p.Length == 0) || !Base64Url.IsValid(parts[1])) return null;
        try
        {
            using var payload = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]), new JsonDocumentOptions { MaxDepth = 8 });
            return TokenClaims.Read(payload.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Not JSON, or with texts that are not UTF-8 or not Unicode.
            return null;
        }
    }

    /// <summary>What a token says, once one of the keys is known to have signed it; null when none has.</summary>
    public async ValueTask<TokenClaims?> VerifyAsync(string token)
    {
        // Not the token itself: a dump of the memory must not be full of them.
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(token)));
        var now = time.GetUtcNow();
        lock (_gate)
        {
            if (_verified.TryGetValue(hash, out var known) && known.Until > now) return known.Claims;
        }

        var current = keys();
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            RequireSignedTokens = true,
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeyResolver = (_, _, kid, _) => Candidates(current, kid),
            TryAllIssuerSigningKeys = false,
            // Issuer, audience and times are the authenticator's to judge: with its clock, and in Kubernetes' words.
            ValidateIssuer = false,
            ValidateAudience = false,
            ValidateLifetime = false,
            RequireExpirationTime = false,
        });
        if (!result.IsValid || Peek(token) is not { } claims) return null;
        lock (_gate)
        {
            if (_verified.TryAdd(hash, (claims, now + RememberedFor))) _order.Enqueue(hash);
            else _verified[hash] = (claims, now + RememberedFor);
            while (_order.Count > Remembered) _verified.Remove(_order.Dequeue());
        }

        return claims;
    }

    private static IEnumerable<SecurityKey> Candidates(TokenKeys keys, string? kid) =>
        string.IsNullOrEmpty(kid) ? keys.Verifying.Values : keys.Verifying.TryGetValue(kid, out var key) ? [key] : [];
}
