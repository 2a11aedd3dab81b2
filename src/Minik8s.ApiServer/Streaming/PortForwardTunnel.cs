using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Port-forwarding as kubectl does it since 1.31: a SPDY connection inside the binary messages of a WebSocket, unwrapped here for the kubelet.</summary>
internal static class PortForwardTunnel
{
    /// <summary>Before the name of the protocol that is spoken inside.</summary>
    public const string Prefix = "SPDY/3.1+";

    private const int BufferSize = 32 * 1024;

    public static async Task RunAsync(KubeletSession session, HttpContext context, IReadOnlyList<string> offered)
    {
        ClientUpgrade.CheckWebSocket(context);
        using var response = await session.UpgradeToSpdyAsync(offered.Select(p => p[Prefix.Length..]), context.RequestAborted);
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols || !response.Headers.Upgrade.Any(p => string.Equals(p.ToString(), RemoteCommandProtocol.SpdyUpgrade, StringComparison.OrdinalIgnoreCase)))
        {
            await KubeletSession.PassOnAsync(response, context);
            return;
        }

        var chosen = response.Headers.TryGetValues(RemoteCommandProtocol.VersionHeader, out var values) ? values.FirstOrDefault() : null;
        await using var kubelet = await response.Content.ReadAsStreamAsync(context.RequestAborted);
        using var socket = await ClientUpgrade.AcceptWebSocketAsync(context, chosen is null ? null : Prefix + chosen);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var toKubelet = ReceiveAsync(socket, kubelet, stop.Token);
        var toClient = SendAsync(kubelet, socket, stop.Token);
        if (await Task.WhenAny(toKubelet, toClient) == toClient) await CloseAsync(socket, toKubelet, stop.Token);
        await stop.CancelAsync();
        socket.Abort();
        await kubelet.DisposeAsync();
        await Task.WhenAll(toKubelet, toClient);
    }

    /// <summary>Says goodbye and lets the client answer, so that it gets everything that was sent before.</summary>
    private static async Task CloseAsync(WebSocket socket, Task receiving, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, limit.Token);
            await receiving.WaitAsync(limit.Token);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The client went first, or takes too long.
        }
    }

    private static bool IsEnd(Exception e) => e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    private static async Task ReceiveAsync(WebSocket socket, Stream kubelet, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            while (true)
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
                // Only binary messages carry the tunnel; anything else ends it.
                if (result.MessageType != WebSocketMessageType.Binary) return;
                if (result.Count > 0) await kubelet.WriteAsync(buffer.AsMemory(0, result.Count), cancellationToken);
                if (result.EndOfMessage) await kubelet.FlushAsync(cancellationToken);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // Either peer hung up.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task SendAsync(Stream kubelet, WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await kubelet.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await socket.SendAsync(buffer.AsMemory(0, read), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // Either peer hung up.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
