using System.Text;
using System.Text.Json;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Http;

/// <summary>Where a paged list goes on.</summary>
/// <param name="Revision">The revision of its first page; -1 for one that goes on inconsistently at the newest state.</param>
/// <param name="After">The last key shown.</param>
internal sealed record ContinueToken(long Revision, string After)
{
    public string Encode() => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{{\"v\":\"meta.k8s.io/v1\",\"rv\":{Revision},\"start\":\"{JsonEncodedText.Encode(After)}\"}}"));

    /// <exception cref="StatusException">400 for a token that is none.</exception>
    public static ContinueToken Decode(string token, string prefix)
    {
        try
        {
            using var json = JsonDocument.Parse(Convert.FromBase64String(token));
            var decoded = new ContinueToken(json.RootElement.GetProperty("rv").GetInt64(), json.RootElement.GetProperty("start").GetString()!);
            if (decoded.After is { } after && after.StartsWith(prefix, StringComparison.Ordinal) && decoded.Revision is > 0 or -1) return decoded;
        }
        catch (Exception e) when (e is FormatException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw StatusErrors.BadRequest($"continue key is not valid: {e.Message}");
        }

        throw StatusErrors.BadRequest("continue key is not valid: the token is for another resource");
    }
}
