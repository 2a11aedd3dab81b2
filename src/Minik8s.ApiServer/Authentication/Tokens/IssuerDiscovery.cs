using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.Authentication.Tokens;

/// <summary>Lets others check the cluster's tokens: OpenID Connect discovery and the public keys (ServiceAccount issuer discovery).</summary>
internal sealed class IssuerDiscovery(TokenOptions options, Func<string> serverAddress)
{
    private const string Keys = "/openid/v1/jwks";

    public async Task<bool> TryHandleAsync(HttpContext context, string path)
    {
        switch (path.TrimEnd('/'))
        {
            case "/.well-known/openid-configuration":
                await WriteAsync(context, "application/json", new JsonObject
                {
                    ["issuer"] = options.Issuer,
                    ["jwks_uri"] = $"https://{serverAddress()}{Keys}",
                    ["response_types_supported"] = new JsonArray("id_token"),
                    ["subject_types_supported"] = new JsonArray("public"),
                    ["id_token_signing_alg_values_supported"] = new JsonArray("ES256"),
                });
                return true;
            case Keys:
                await WriteAsync(context, "application/jwk-set+json", new JsonObject { ["keys"] = new JsonArray([.. options.Keys().Verifying.Values.Select(Describe)]) });
                return true;
            default:
                return false;
        }
    }

    /// <summary>A public key as RFC 7517 and 7518 write it.</summary>
    private static JsonObject Describe(Microsoft.IdentityModel.Tokens.ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new()
        {
            ["use"] = "sig",
            ["kty"] = "EC",
            ["kid"] = key.KeyId,
            ["crv"] = "P-256",
            ["alg"] = "ES256",
            ["x"] = Base64Url.EncodeToString(point.X),
            ["y"] = Base64Url.EncodeToString(point.Y),
        };
    }

    private static Task WriteAsync(HttpContext context, string contentType, JsonObject answer)
    {
        if (context.Request.Method is not ("GET" or "HEAD")) throw new StatusException(405, StatusReason.MethodNotAllowed, "the server does not allow this method on the requested resource");
        context.Response.Headers.CacheControl = "public, max-age=3600";
        return Respond.BytesAsync(context, 200, contentType, Encoding.UTF8.GetBytes(answer.ToJsonString()));
    }
}
