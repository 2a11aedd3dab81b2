using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>What a ServiceAccount token says (the <c>kubernetes.io</c> claim and the registered ones of RFC 7519). Times are seconds since 1970.</summary>
internal sealed record TokenClaims
{
    public required string Issuer { get; init; }

    public required string Subject { get; init; }

    public IReadOnlyList<string> Audiences { get; init; } = [];

    public long? Expires { get; init; }

    public long? NotBefore { get; init; }

    public long IssuedAt { get; init; }

    public string Id { get; init; } = "";

    public required string Namespace { get; init; }

    public required ObjectClaim Account { get; init; }

    public ObjectClaim? Pod { get; init; }

    public ObjectClaim? Secret { get; init; }

    public ObjectClaim? Node { get; init; }

    /// <summary>When the holder should have asked for a new token, where a token lives longer than it was asked for.</summary>
    public long? WarnAfter { get; init; }

    public string ToJson()
    {
        var kubernetes = new JsonObject { ["namespace"] = Namespace };
        if (Node is not null) kubernetes["node"] = Node.ToJson();
        if (Pod is not null) kubernetes["pod"] = Pod.ToJson();
        if (Secret is not null) kubernetes["secret"] = Secret.ToJson();
        kubernetes["serviceaccount"] = Account.ToJson();
        if (WarnAfter is { } warn) kubernetes["warnafter"] = warn;
        return new JsonObject
        {
            ["aud"] = new JsonArray([.. Audiences.Select(a => (JsonNode)a)]),
            ["exp"] = Expires,
            ["iat"] = IssuedAt,
            ["iss"] = Issuer,
            ["jti"] = Id,
            ["kubernetes.io"] = kubernetes,
            ["nbf"] = NotBefore,
            ["sub"] = Subject,
        }.ToJsonString();
    }

    /// <summary>Reads a payload; null when it does not have the form of a ServiceAccount's.</summary>
    public static TokenClaims? Read(JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object) return null;
        return payload.TryGetProperty("kubernetes.io", out var kubernetes) && kubernetes.ValueKind == JsonValueKind.Object ? ReadBound(payload, kubernetes) : ReadLegacy(payload);
    }

    private static TokenClaims? ReadBound(JsonElement payload, JsonElement kubernetes) => ObjectClaim.Read(kubernetes, "serviceaccount") is not { } account
        ? null
        : new TokenClaims
        {
            Issuer = Text(payload, "iss"),
            Subject = Text(payload, "sub"),
            Audiences = Texts(payload, "aud"),
            Expires = Number(payload, "exp"),
            NotBefore = Number(payload, "nbf"),
            IssuedAt = Number(payload, "iat") ?? 0,
            Id = Text(payload, "jti"),
            Namespace = Text(kubernetes, "namespace"),
            Account = account,
            Pod = ObjectClaim.Read(kubernetes, "pod"),
            Secret = ObjectClaim.Read(kubernetes, "secret"),
            Node = ObjectClaim.Read(kubernetes, "node"),
            WarnAfter = Number(kubernetes, "warnafter"),
        };

    /// <summary>The form of tokens that live in secrets.</summary>
    private static TokenClaims? ReadLegacy(JsonElement payload)
    {
        const string prefix = "kubernetes.io/serviceaccount/";
        if (Text(payload, prefix + "service-account.name") is not { Length: > 0 } name) return null;
        return new TokenClaims
        {
            Issuer = Text(payload, "iss"),
            Subject = Text(payload, "sub"),
            Namespace = Text(payload, prefix + "namespace"),
            Account = new(name, Text(payload, prefix + "service-account.uid")),
            Secret = new(Text(payload, prefix + "secret.name"), ""),
        };
    }

    private static string Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    private static long? Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number is > -1e15 and < 1e15 ? (long)number : null;

    private static string[] Texts(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value)) return [];
        return value.ValueKind switch
        {
            JsonValueKind.String => [value.GetString()!],
            JsonValueKind.Array => [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
            _ => [],
        };
    }
}

/// <summary>An object that a token is bound to.</summary>
internal sealed record ObjectClaim(string Name, string Uid)
{
    public JsonObject ToJson() => Uid.Length == 0 ? new() { ["name"] = Name } : new() { ["name"] = Name, ["uid"] = Uid };

    public static ObjectClaim? Read(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.Object) return null;
        string Text(string field) => value.TryGetProperty(field, out var text) && text.ValueKind == JsonValueKind.String ? text.GetString()! : "";
        return Text("name") is { Length: > 0 } named ? new(named, Text("uid")) : null;
    }
}
