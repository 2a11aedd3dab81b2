using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;

namespace Minik8s.ApiServer.Streaming;

/// <summary>The client's end of a remote command: channels multiplexed over one WebSocket by the first byte of each message.</summary>
internal sealed class CommandChannels(WebSocket socket, bool closesChannels) : IDisposable
{
    private const int BufferSize = 32 * 1024;

    private readonly SemaphoreSlim _sending = new(1, 1);

    /// <summary>Sends a message on a channel.</summary>
    /// <exception cref="WebSocketException">The client is gone.</exception>
    public async Task SendAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var message = ArrayPool<byte>.Shared.Rent(data.Length + 1);
        await _sending.WaitAsync(cancellationToken);
        try
        {
            message[0] = channel;
            data.Span.CopyTo(message.AsSpan(1));
            await socket.SendAsync(message.AsMemory(0, data.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
        }
        finally
        {
            _sending.Release();
            ArrayPool<byte>.Shared.Return(message);
        }
    }

    /// <summary>Sends everything that comes from a stream; returns when it ends.</summary>
    public async Task SendAllAsync(byte channel, PipeReader from, CancellationToken cancellationToken)
    {
        while (true)
        {
            var result = await from.ReadAsync(cancellationToken);
            foreach (var segment in result.Buffer)
            {
                for (var rest = segment; rest.Length > 0;)
                {
                    var part = rest[..Math.Min(rest.Length, BufferSize)];
                    await SendAsync(channel, part, cancellationToken);
                    rest = rest[part.Length..];
                }
            }

            from.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted || result.IsCanceled) return;
        }
    }

    /// <summary>
    /// Hands the client's messages on, in pieces as they come, until the client closes or is gone. Messages on channels that are not for us are dropped.
    /// </summary>
    public async Task ReceiveAsync(Func<byte, ReadOnlyMemory<byte>, ValueTask> receive, Func<byte, ValueTask> close, CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferSize];
        var start = true;
        byte channel = 0;
        while (true)
        {
            var result = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (result.MessageType == WebSocketMessageType.Close) return;
            var data = buffer.AsMemory(0, result.Count);
            if (start && data.Length > 0)
            {
                channel = data.Span[0];
                data = data[1..];
                start = false;
            }

            if (!start && data.Length > 0)
            {
                if (channel != RemoteCommandProtocol.Close) await receive(channel, data);
                else if (closesChannels) await close(data.Span[0]);
            }

            if (result.EndOfMessage) start = true;
        }
    }

    /// <summary>Says that nothing more will be sent; the client may still be reading.</summary>
    public async Task CloseOutputAsync(CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Ends everything that is under way.</summary>
    public void Abort() => socket.Abort();

    public void Dispose()
    {
        socket.Dispose();
        _sending.Dispose();
    }
}
