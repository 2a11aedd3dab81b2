using System.Buffers.Text;
using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>The keys of ServiceAccount tokens: one signs, it and its predecessors verify, so that a change of keys leaves tokens valid that are in use.</summary>
public sealed class TokenKeys
{
    private readonly Dictionary<string, ECDsaSecurityKey> _verifying = new(StringComparer.Ordinal);

    /// <param name="signing">Signs new tokens (ES256).</param>
    /// <param name="verifying">Further keys whose tokens are accepted.</param>
    public TokenKeys(ECDsa signing, params IReadOnlyList<ECDsa> verifying)
    {
        var key = Key(signing);
        Signing = new(key, SecurityAlgorithms.EcdsaSha256);
        _verifying[key.KeyId] = key;
        foreach (var other in verifying.Select(Key)) _verifying.TryAdd(other.KeyId, other);
    }

    /// <summary>The id of the key that signs.</summary>
    public string SigningId => Signing.Key.KeyId;

    /// <summary>The ids of all keys whose tokens are accepted.</summary>
    public IEnumerable<string> Ids => _verifying.Keys;

    internal SigningCredentials Signing { get; }

    /// <summary>The verifying keys by their id.</summary>
    internal IReadOnlyDictionary<string, ECDsaSecurityKey> Verifying => _verifying;

    // As Kubernetes names keys: the hash of the public key's SubjectPublicKeyInfo.
    private static ECDsaSecurityKey Key(ECDsa key) =>
        new(key) { KeyId = Base64Url.EncodeToString(SHA256.HashData(key.ExportSubjectPublicKeyInfo())), CryptoProviderFactory = new CryptoProviderFactory { CacheSignatureProviders = false } };
}
