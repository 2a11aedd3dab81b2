using System.Net.WebSockets;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Translates one remote command between a WebSocket client and a kubelet that speaks SPDY.</summary>
internal sealed class CommandSession(CommandChannels client, TimeProvider time)
{
    /// <summary>How long a client may take to read what is still on its way once the command has ended.</summary>
    private static readonly TimeSpan FinishTimeout = TimeSpan.FromMinutes(15);
    private const int MaxResizeMessage = 1024;

    private volatile KubeletCommand? _command;
    private volatile bool _stdinClosed;

    /// <summary>
    /// Runs the command to its end and reports its Status. <paramref name="open"/> connects to the kubelet, or gives the Status of why it could not.
    /// Returns when the client has closed or is gone.
    /// </summary>
    public async Task RunAsync(Func<CancellationToken, Task<(KubeletCommand? Command, byte[] Failure)>> open, StreamOptions options, CancellationToken cancellationToken)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // An empty message tells the client that the connection stands.
        await client.SendAsync(options.Stdout ? RemoteCommandProtocol.Stdout : options.Stderr ? RemoteCommandProtocol.Stderr : RemoteCommandProtocol.Error, default, gone.Token);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var receiving = ReceiveAsync(ready.Task, gone);
        try
        {
            var (command, status) = await open(gone.Token);
            if (command is not null)
            {
                // Left before the status goes out: input that the command never read must not hold up the reading of the client's close.
                await using var ended = command;
                _command = command;
                ready.SetResult();
                status = await RelayOutputAsync(command, gone.Token);
                _stdinClosed = true;
            }

            ready.TrySetResult();
            await client.SendAsync(RemoteCommandProtocol.Error, status, gone.Token);
            await client.CloseOutputAsync(gone.Token);

            // The client closes when it has read everything; closing first could cost it the end of the output.
            await Task.WhenAny(receiving, Task.Delay(FinishTimeout, time, gone.Token));
        }
        catch (Exception e) when (IsEnd(e))
        {
            // The client is gone, so there is nobody to tell.
        }
        finally
        {
            ready.TrySetResult();
            await gone.CancelAsync();
            client.Abort();
            await receiving;
        }
    }

    private static bool IsEnd(Exception e) => e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    private async Task<byte[]> RelayOutputAsync(KubeletCommand command, CancellationToken cancellationToken)
    {
        Task SendAllAsync(byte channel, SpdyStream? from) => from is null ? Task.CompletedTask : client.SendAllAsync(channel, from.Input, cancellationToken);

        var output = Task.WhenAll(SendAllAsync(RemoteCommandProtocol.Stdout, command.Stdout), SendAllAsync(RemoteCommandProtocol.Stderr, command.Stderr));
        var status = command.ReadStatusAsync(cancellationToken);
        await output;
        return await status;
    }

    /// <summary>Reads from the client for as long as it lives; its leaving ends the session.</summary>
    private async Task ReceiveAsync(Task ready, CancellationTokenSource gone)
    {
        try
        {
            await client.ReceiveAsync(
                async (channel, data) =>
                {
                    await ready;
                    await ForwardAsync(channel, data, gone.Token);
                },
                async channel =>
                {
                    await ready;
                    if (channel == RemoteCommandProtocol.Stdin) await CloseStdinAsync(gone.Token);
                },
                gone.Token);
        }
        catch (Exception e) when (IsEnd(e))
        {
            // It left without saying so.
        }

        await gone.CancelAsync();
    }

    private async ValueTask ForwardAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var stream = channel switch
        {
            RemoteCommandProtocol.Stdin when !_stdinClosed => _command?.Stdin,
            RemoteCommandProtocol.Resize when data.Length <= MaxResizeMessage => _command?.Resize,
            _ => null,
        };
        if (stream is null) return;
        try
        {
            await stream.WriteAsync(data, cancellationToken);
        }
        catch (SpdyException)
        {
            // The command reads no more, or has ended: what is typed after that goes nowhere, and its status is what counts.
            if (channel == RemoteCommandProtocol.Stdin) _stdinClosed = true;
        }
    }

    private async ValueTask CloseStdinAsync(CancellationToken cancellationToken)
    {
        if (_stdinClosed || _command?.Stdin is not { } stdin) return;
        _stdinClosed = true;
        try
        {
            await stdin.CompleteAsync(cancellationToken);
        }
        catch (SpdyException)
        {
            // The command has ended already.
        }
    }
}
