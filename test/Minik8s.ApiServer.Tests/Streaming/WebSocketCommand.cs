using System.Net.WebSockets;
using System.Text;

namespace Minik8s.ApiServer.Tests.Streaming;

/// <summary>A client of the remote command protocol over WebSocket that is not kubectl.</summary>
internal sealed class WebSocketCommand(ClientWebSocket socket) : IDisposable
{
    public MemoryStream[] Channels { get; } = [.. Enumerable.Range(0, 5).Select(_ => new MemoryStream())];

    public string Stdout => Encoding.UTF8.GetString(Channels[1].ToArray());

    public string Stderr => Encoding.UTF8.GetString(Channels[2].ToArray());

    public string Status => Encoding.UTF8.GetString(Channels[3].ToArray());

    public int Messages { get; private set; }

    public Task SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        socket.SendAsync((byte[])[channel, .. data.Span], WebSocketMessageType.Binary, true, cancellationToken);

    public Task SendAsync(byte channel, string text, CancellationToken cancellationToken) => SendAsync(channel, Encoding.UTF8.GetBytes(text), cancellationToken);

    public Task CloseStdinAsync(CancellationToken cancellationToken) => SendAsync(255, new byte[] { 0 }, cancellationToken);

    /// <summary>Receives one message; false when the server closes.</summary>
    public async Task<bool> ReceiveAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var channel = -1;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer, cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return false;
            var data = buffer.AsMemory(0, result.Count);
            if (channel < 0 && data.Length > 0)
            {
                channel = data.Span[0];
                data = data[1..];
            }

            if (channel >= 0) Channels[channel].Write(data.Span);
            if (!result.EndOfMessage) continue;
            Messages++;
            return true;
        }
    }

    /// <summary>Receives until the server closes, and closes too.</summary>
    public async Task ReceiveAllAsync(CancellationToken cancellationToken)
    {
        while (await ReceiveAsync(cancellationToken))
        {
        }

        Assert.Equal(WebSocketCloseStatus.NormalClosure, socket.CloseStatus);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
    }

    public void Abort() => socket.Abort();

    public void Dispose() => socket.Dispose();
}
