using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Streaming;

/// <summary>One client's request to one kubelet endpoint.</summary>
internal sealed class KubeletSession(KubeletTransport transport, KubeletAddress kubelet, string node, string path, TimeProvider time, ILogger logger)
{
    private const int MaxErrorBody = 2048;
    private static readonly string[] ForwardedRequestHeaders = ["Upgrade", "Connection", RemoteCommandProtocol.VersionHeader, "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "User-Agent"];
    private static readonly string[] ForwardedResponseHeaders = ["Upgrade", RemoteCommandProtocol.VersionHeader, "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"];

    /// <summary>Streams a container's log; each piece goes out as it comes.</summary>
    /// <exception cref="StatusException">The kubelet has no such log or cannot be reached.</exception>
    public async Task CopyLogAsync(HttpContext context, string podName, LogOptions log)
    {
        HttpResponseMessage response;
        try
        {
            response = await transport.SendAsync(kubelet, HttpMethod.Get, path, null, verify: !log.InsecureSkipTlsVerifyBackend, context.RequestAborted);
        }
        catch (KubeletUnreachableException e)
        {
            StreamingLog.KubeletUnreachable(logger, node, path, e.Message);
            throw new StatusException(500, StatusReason.Unknown, $"Get \"https://{kubelet.Authority}{path}\": {e.Message}");
        }

        using (response)
        {
            if ((int)response.StatusCode is < 200 or > 206) throw await LogFailureAsync(response, podName, context.RequestAborted);
            ClientUpgrade.NoRateLimits(context);
            context.Response.ContentType = "text/plain";
            await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);

            // Sent at once, so that a client which follows a silent log knows that it is connected.
            if (log.Follow) await context.Response.Body.FlushAsync(context.RequestAborted);
            await UpgradeTunnel.CopyAsync(body, context.Response.Body, context.RequestAborted);
        }
    }

    /// <summary>Translates a remote command from WebSocket to SPDY. Failures of the kubelet go through the error channel, as clients of this protocol expect.</summary>
    public async Task TranslateCommandAsync(HttpContext context, StreamOptions options, string version)
    {
        ClientUpgrade.CheckWebSocket(context);
        using var channels = new CommandChannels(await ClientUpgrade.AcceptWebSocketAsync(context, version), closesChannels: version == RemoteCommandProtocol.V5);
        try
        {
            await new CommandSession(channels, time).RunAsync(ct => OpenCommandAsync(options, ct), options, context.RequestAborted);
        }
        catch (Exception e) when (e is System.Net.WebSockets.WebSocketException or IOException or OperationCanceledException)
        {
            StreamingLog.Ended(logger, path, e.Message);
        }
    }

    /// <summary>Carries an upgraded connection through as it is.</summary>
    /// <exception cref="StatusException">The kubelet cannot be reached, or answered with a redirect.</exception>
    public async Task TunnelAsync(HttpContext context)
    {
        using var response = await ConnectAsync(new HttpMethod(context.Request.Method), headers => Forward(context.Request.Headers, headers), context.RequestAborted);
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            await PassOnAsync(response, context);
            return;
        }

        foreach (var name in ForwardedResponseHeaders)
        {
            if (response.Headers.TryGetValues(name, out var values)) context.Response.Headers[name] = values.ToArray();
        }

        var upstream = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await UpgradeTunnel.RunAsync(await ClientUpgrade.AcceptAsync(context), upstream, context.RequestAborted);
    }

    /// <summary>Asks the kubelet for a SPDY connection with one of these protocols.</summary>
    /// <exception cref="StatusException">The kubelet cannot be reached.</exception>
    public Task<HttpResponseMessage> UpgradeToSpdyAsync(IEnumerable<string> protocols, CancellationToken cancellationToken) => ConnectAsync(
        HttpMethod.Post,
        headers =>
        {
            headers.Connection.Add("Upgrade");
            headers.Upgrade.Add(new ProductHeaderValue("SPDY", "3.1"));
            headers.TryAddWithoutValidation(RemoteCommandProtocol.VersionHeader, protocols);
        },
        cancellationToken);

    /// <summary>Gives the client what the kubelet answered instead of upgrading.</summary>
    /// <exception cref="StatusException">It was a redirect, which could lead anywhere.</exception>
    public static async Task PassOnAsync(HttpResponseMessage response, HttpContext context)
    {
        var code = (int)response.StatusCode;
        if (code is >= 300 and < 400) throw new StatusException(502, StatusReason.Unknown, "the backend attempted to redirect this request, which is not permitted");
        if (code == 101) throw new StatusException(500, StatusReason.Unknown, "unable to upgrade: missing upgrade headers in response");
        context.Response.StatusCode = code;
        context.Response.ContentType = response.Content.Headers.ContentType?.ToString();
        await using var body = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        await UpgradeTunnel.CopyAsync(body, context.Response.Body, context.RequestAborted);
    }

    private static void Forward(IHeaderDictionary from, HttpRequestHeaders to)
    {
        foreach (var name in ForwardedRequestHeaders)
        {
            if (from.TryGetValue(name, out var values)) to.TryAddWithoutValidation(name, (IEnumerable<string>)values.OfType<string>().ToList());
        }
    }

    private async Task<HttpResponseMessage> ConnectAsync(HttpMethod method, Action<HttpRequestHeaders> headers, CancellationToken cancellationToken)
    {
        try
        {
            return await transport.SendAsync(kubelet, method, path, headers, verify: true, cancellationToken);
        }
        catch (KubeletUnreachableException e)
        {
            StreamingLog.KubeletUnreachable(logger, node, path, e.Message);
            throw new StatusException(500, StatusReason.Unknown, $"error dialing backend: {e.Message}");
        }
    }

    private async Task<(KubeletCommand? Command, byte[] Failure)> OpenCommandAsync(StreamOptions options, CancellationToken cancellationToken)
    {
        HttpResponseMessage response;
        try
        {
            response = await UpgradeToSpdyAsync([RemoteCommandProtocol.V4], cancellationToken);
        }
        catch (StatusException e)
        {
            return (null, StatusJson.Failure(StatusErrors.Internal(e.Message)));
        }

        // On success the response's stream belongs to the command, which disposes it.
        if (response.StatusCode == HttpStatusCode.SwitchingProtocols)
        {
            try
            {
                return (await KubeletCommand.OpenAsync(await response.Content.ReadAsStreamAsync(cancellationToken), options, time, cancellationToken), []);
            }
            catch (Exception e) when (e is SpdyException or TimeoutException)
            {
                response.Dispose();
                return (null, StatusJson.Failure(StatusErrors.Internal($"unable to open the command's streams: {e.Message}")));
            }
        }

        using (response)
        {
            var body = await ReadErrorAsync(response, cancellationToken);
            return (null, StatusJson.IsStatus(Encoding.UTF8.GetBytes(body))
                ? Encoding.UTF8.GetBytes(body)
                : StatusJson.Failure(StatusErrors.Internal($"unable to upgrade connection: {body}")));
        }
    }

    private static async Task<StatusException> LogFailureAsync(HttpResponseMessage response, string podName, CancellationToken cancellationToken)
    {
        var body = await ReadErrorAsync(response, cancellationToken);
        switch ((int)response.StatusCode)
        {
            case 400: return StatusErrors.BadRequest(body);
            case 500: return StatusErrors.Internal(body);
            default:
                var (reason, message) = (int)response.StatusCode switch
                {
                    401 => (StatusReason.Unauthorized, "the server has asked for the client to provide credentials"),
                    403 => (StatusReason.Forbidden, body),
                    404 => (StatusReason.NotFound, "the server could not find the requested resource"),
                    405 => (StatusReason.MethodNotAllowed, "the server does not allow this method on the requested resource"),
                    429 => (StatusReason.TooManyRequests, "the server has received too many requests and has asked us to try again later"),
                    503 => (StatusReason.ServiceUnavailable, "the server is currently unable to handle the request"),
                    504 => (StatusReason.Timeout, "the server was unable to return a response in the time allotted, but may still be processing the request"),
                    _ => (StatusReason.Unknown, $"the server responded with the status code {(int)response.StatusCode} but did not return more information"),
                };
                return new((int)response.StatusCode, reason, $"{message} ( pods/log {podName})", new StatusDetails(podName, null, "pods/log", Causes: [new StatusCause("UnexpectedServerResponse", body)]));
        }
    }

    private static async Task<string> ReadErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var buffer = new byte[MaxErrorBody];
        var length = await body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(buffer, 0, length).Trim();
    }
}
