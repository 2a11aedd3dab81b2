using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The client's side of an upgrade: what it asks for, and taking the connection over.</summary>
internal static class ClientUpgrade
{
    // RFC 6455, 1.3.
    private const string HandshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    public static bool IsUpgrade(HttpContext context) =>
        context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && Tokens(context.Request, "Connection").Contains("Upgrade", StringComparer.OrdinalIgnoreCase);

    public static bool IsWebSocket(HttpContext context) =>
        IsUpgrade(context) && Tokens(context.Request, "Upgrade").Contains("websocket", StringComparer.OrdinalIgnoreCase);

    /// <summary>The WebSocket subprotocols offered, in the client's order.</summary>
    public static IReadOnlyList<string> Subprotocols(HttpContext context) => [.. Tokens(context.Request, "Sec-WebSocket-Protocol")];

    /// <summary>Checks what RFC 6455 wants of a handshake, before anything is done for it.</summary>
    /// <exception cref="StatusException">400: it is malformed.</exception>
    public static void CheckWebSocket(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!HttpMethods.IsGet(context.Request.Method)) throw StatusErrors.BadRequest("a WebSocket handshake must be a GET request");
        if (headers.SecWebSocketVersion != "13") throw StatusErrors.BadRequest("missing or bad WebSocket Version");
        Span<byte> key = stackalloc byte[16];
        if (headers.SecWebSocketKey.ToString() is not { Length: 24 } text || !Convert.TryFromBase64String(text, key, out var length) || length != 16)
        {
            throw StatusErrors.BadRequest("missing or bad WebSocket-Key");
        }
    }

    /// <summary>Completes a checked handshake.</summary>
    public static async Task<WebSocket> AcceptWebSocketAsync(HttpContext context, string? subprotocol)
    {
        var accept = SHA1.HashData(Encoding.ASCII.GetBytes(context.Request.Headers.SecWebSocketKey + HandshakeGuid));
        var headers = context.Response.Headers;
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = Convert.ToBase64String(accept);
        if (subprotocol is not null) headers.SecWebSocketProtocol = subprotocol;
        var stream = await AcceptAsync(context);

        // The subprotocol stays out of the options: .NET takes "SPDY/3.1+portforward.k8s.io" for malformed, on account of its slash.
        return WebSocket.CreateFromStream(stream, new WebSocketCreationOptions { IsServer = true, KeepAliveInterval = TimeSpan.FromSeconds(30) });
    }

    /// <summary>Answers 101 with the headers set so far and takes the connection over.</summary>
    public static async Task<Stream> AcceptAsync(HttpContext context)
    {
        NoRateLimits(context);
        if (context.Features.Get<IConnectionSocketFeature>() is { Socket: { } socket }) KeepAlive.Enable(socket);
        return await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    /// <summary>A terminal is silent for hours, and a reader of logs may pause: neither is an attack.</summary>
    public static void NoRateLimits(HttpContext context)
    {
        // HTTP/2 has no limit per request; its feature refuses to be set.
        if (context.Request.Protocol != "HTTP/1.1") return;
        if (context.Features.Get<IHttpMinRequestBodyDataRateFeature>() is { } request) request.MinDataRate = null;
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } response) response.MinDataRate = null;
    }

    private static IEnumerable<string> Tokens(HttpRequest request, string header) =>
        request.Headers[header].SelectMany(v => (v ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}
