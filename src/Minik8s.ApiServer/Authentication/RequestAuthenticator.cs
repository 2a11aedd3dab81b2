using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication.Tokens;

namespace Minik8s.ApiServer.Authentication;

/// <summary>
/// Finds out who makes a request: by client certificate, then by bearer token. Without credentials nobody gets further than the server's health and
/// version, whatever roles say (Kubernetes' AnonymousAuthConfig with conditions).
/// </summary>
internal sealed class RequestAuthenticator(ClientCertificateAuthenticator certificates, ITokenAuthenticator tokens, IReadOnlyList<string> audiences)
{
    private const string Scheme = "Bearer ";
    private static readonly string[] OpenPaths = ["/livez", "/readyz", "/healthz", "/version"];

    /// <exception cref="StatusException">401.</exception>
    public async ValueTask<UserInfo> AuthenticateAsync(HttpContext context)
    {
        if (context.Connection.ClientCertificate is { } certificate && certificates.Authenticate(certificate) is { } holder) return holder;
        if (Token(context.Request.Headers.Authorization.ToString()) is { } token)
        {
            return (await tokens.AuthenticateAsync(token, audiences, context.RequestAborted))?.User ?? throw StatusErrors.Unauthorized();
        }

        // A certificate that is not good is no way to become anybody, and neither is a scheme that is not known.
        var presented = context.Connection.ClientCertificate is not null || context.Request.Headers.Authorization.Count > 0;
        return !presented && IsOpen(context.Request.Path.Value ?? "/") ? UserInfo.Anonymous : throw StatusErrors.Unauthorized();
    }

    private static string? Token(string header) =>
        header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && header[Scheme.Length..].Trim() is { Length: > 0 } token ? token : null;

    private static bool IsOpen(string path) => OpenPaths.Contains(path.Length > 1 ? path.TrimEnd('/') : path);
}
