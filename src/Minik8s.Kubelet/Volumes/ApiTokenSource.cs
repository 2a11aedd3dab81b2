using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.Kubelet.Volumes;

/// <summary>Asks the API server for tokens (TokenRequest) and keeps them until four fifths of their life, or a day, have passed (the kubelet's token manager).</summary>
internal sealed class ApiTokenSource(KubeClient client, TimeProvider time) : ITokenSource
{
    private const long DefaultSeconds = 60 * 60;
    private static readonly TimeSpan LongestUse = TimeSpan.FromHours(24);

    private readonly ConcurrentDictionary<(string PodUid, string Audience, long Seconds), Kept> _tokens = new();

    public async Task<string> TokenAsync(V1Pod pod, string? audience, long? seconds, CancellationToken cancellationToken)
    {
        var key = (pod.Metadata.Uid, audience ?? "", seconds ?? DefaultSeconds);
        var now = time.GetUtcNow();
        var kept = _tokens.GetValueOrDefault(key);
        if (kept is not null && now < kept.RenewAt) return kept.Token;
        try
        {
            var fresh = await RequestAsync(pod, audience, key.Item3, now, cancellationToken);
            _tokens[key] = fresh;
            return fresh.Token;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException && kept is not null && now < kept.Expires)
        {
            // The one that is there serves on; the next look tries again.
            return kept.Token;
        }
    }

    public void Forget(string podUid)
    {
        foreach (var key in _tokens.Keys.Where(k => k.PodUid == podUid)) _tokens.TryRemove(key, out _);
    }

    private async Task<Kept> RequestAsync(V1Pod pod, string? audience, long seconds, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var spec = new JsonObject
        {
            ["expirationSeconds"] = seconds,
            ["boundObjectRef"] = new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Pod", ["name"] = pod.Metadata.Name, ["uid"] = pod.Metadata.Uid },
        };
        if (!string.IsNullOrEmpty(audience)) spec["audiences"] = new JsonArray(audience);
        var request = new JsonObject { ["apiVersion"] = "authentication.k8s.io/v1", ["kind"] = "TokenRequest", ["spec"] = spec };
        var path = ResourceNames.Of<V1ServiceAccount>().Path(pod.Metadata.NamespaceProperty, pod.Spec.ServiceAccountName, "token");
        var status = JsonNode.Parse(await client.RequestAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(request.ToJsonString()), ct: cancellationToken))!["status"]!;
        var expires = DateTimeOffset.Parse(status["expirationTimestamp"]!.GetValue<string>(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var use = (expires - now) * 0.8;
        return new(status["token"]!.GetValue<string>(), now + (use < LongestUse ? use : LongestUse), expires);
    }

    private sealed record Kept(string Token, DateTimeOffset RenewAt, DateTimeOffset Expires);
}
