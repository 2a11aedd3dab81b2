using System.Buffers;
using System.IO.Pipelines;
using System.Threading.Channels;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>
/// A SPDY/3.1 session over any duplex stream, on either side. As the peers of Kubernetes (moby/spdystream) neither grant nor respect flow-control
/// windows, neither does this: a stream whose reader lags stops the reading of the whole connection, and so, through TCP, the peer.
/// </summary>
internal sealed class SpdyConnection : IAsyncDisposable
{
    /// <summary>The largest data frame that we send.</summary>
    public const int LargestDataFrame = 32 * 1024;

    private const int MaxStreams = 256;
    private const int MaxPendingControl = 256;
    private const uint MaxStreamId = 0x7fffffff;

    private readonly Stream _transport;
    private readonly bool _server;
    private readonly SpdyHeaderEncoder _encoder = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly Dictionary<uint, SpdyStream> _streams = [];
    private readonly Channel<SpdyStream> _accepted = Channel.CreateUnbounded<SpdyStream>();
    // Answers to pings and resets leave through here, so that reading never waits for writing: two peers that did would lock each other.
    private readonly Channel<byte[]> _control = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxPendingControl) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Task _running;
    private uint _nextId;
    private uint _nextPing;
    private SpdyException? _ended;

    /// <summary>Starts the session. The transport is disposed with it.</summary>
    public SpdyConnection(Stream transport, bool server)
    {
        _transport = transport;
        _server = server;
        _nextId = server ? 2u : 1u;
        _nextPing = server ? 2u : 1u;
        _running = RunAsync();
    }

    /// <summary>Ends, without failure, when nothing more will be received.</summary>
    public Task Ended => _running;

    /// <summary>Opens a stream and waits for the peer to accept it.</summary>
    /// <exception cref="SpdyException">The peer refused, or the connection is gone.</exception>
    public async Task<SpdyStream> OpenStreamAsync(IReadOnlyDictionary<string, string> headers, CancellationToken cancellationToken)
    {
        SpdyStream stream;
        await _writing.WaitAsync(cancellationToken);
        try
        {
            // Under the lock: ids must go out in order, and each header block continues the one before it.
            lock (_gate)
            {
                if (_ended is not null) throw _ended;
                if (_nextId > MaxStreamId) throw new SpdyException("The connection has used up its stream ids.");
                stream = new SpdyStream(this, _nextId, headers);
                _nextId += 2;
                _streams.Add(stream.Id, stream);
            }

            await WriteAsync(SpdyFrames.SynStream(stream.Id, SpdyFlags.None, _encoder.Encode(headers)));
        }
        finally
        {
            _writing.Release();
        }

        await stream.Reply.WaitAsync(cancellationToken);
        return stream;
    }

    /// <summary>Waits for the next stream that the peer opens; null when no more can come.</summary>
    public async ValueTask<SpdyStream?> AcceptStreamAsync(CancellationToken cancellationToken)
    {
        while (await _accepted.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_accepted.Reader.TryRead(out var stream)) return stream;
        }

        return null;
    }

    /// <summary>Sends a ping, which keeps idle connections from being dropped; the answer is not waited for.</summary>
    public void Ping()
    {
        uint id;
        lock (_gate)
        {
            id = _nextPing;
            _nextPing = (_nextPing + 2) & MaxStreamId;
        }

        _control.Writer.TryWrite(SpdyFrames.Ping(id));
    }

    /// <summary>Ends the session and its transport at once.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _transport.DisposeAsync();
        await _running;
    }

    internal async ValueTask SendReplyAsync(uint streamId, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(SpdyFrames.SynReply(streamId, SpdyFlags.None, _encoder.Encode([])));
        }
        finally
        {
            _writing.Release();
        }
    }

    internal async ValueTask SendDataAsync(uint streamId, SpdyFlags flags, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var length = SpdyFrameHeader.Size + data.Length;
        var frame = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            SpdyFrameHeader.WriteData(frame, streamId, flags, data.Length);
            data.Span.CopyTo(frame.AsSpan(SpdyFrameHeader.Size));
            await SendAsync(frame.AsMemory(0, length), cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(frame);
        }
    }

    internal async ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await WriteAsync(frame);
        }
        finally
        {
            _writing.Release();
        }
    }

    internal void Forget(SpdyStream stream)
    {
        lock (_gate) _streams.Remove(stream.Id);
    }

    internal void ForgetIfFinished(SpdyStream stream)
    {
        if (stream.IsFinished) Forget(stream);
    }

    /// <summary>Writes a frame whole: a part of one would make all that follows unreadable, so only the end of the connection interrupts it.</summary>
    private async ValueTask WriteAsync(ReadOnlyMemory<byte> frame)
    {
        lock (_gate)
        {
            if (_ended is not null) throw _ended;
        }

        try
        {
            await _transport.WriteAsync(frame, _stop.Token);
            await _transport.FlushAsync(_stop.Token);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            var why = Fail(new SpdyException("The connection was closed.", e));
            // The receiver ends the streams, as it alone may touch their input.
            await _stop.CancelAsync();
            throw why;
        }
    }

    private async Task RunAsync()
    {
        var sending = SendControlAsync();
        var end = new SpdyException("The connection was closed.");
        var reader = PipeReader.Create(_transport, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true, useZeroByteReads: true));
        try
        {
            await new SpdyReceiver(this, reader, _server).RunAsync(_stop.Token);
        }
        catch (SpdyException e)
        {
            end = e;
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or InvalidOperationException)
        {
            end = new SpdyException("The connection was closed.", e);
        }

        finally
        {
            // Whatever happened, nobody may be left waiting.
            end = Fail(end);
            SpdyStream[] streams;
            lock (_gate)
            {
                streams = [.. _streams.Values];
                _streams.Clear();
            }

            _control.Writer.TryComplete();
            _accepted.Writer.TryComplete();
            foreach (var stream in streams) stream.Abort(end);
            await reader.CompleteAsync();
        }

        await sending;
    }

    private async Task SendControlAsync()
    {
        await foreach (var frame in _control.Reader.ReadAllAsync())
        {
            try
            {
                await SendAsync(frame, CancellationToken.None);
            }
            catch (SpdyException)
            {
                // The connection has ended, which every stream has been told.
                return;
            }
        }
    }

    /// <summary>From now on nothing is sent; the first reason stays.</summary>
    private SpdyException Fail(SpdyException why)
    {
        lock (_gate) return _ended ??= why;
    }

    internal SpdyStream? Find(uint id)
    {
        lock (_gate) return _streams.GetValueOrDefault(id);
    }

    /// <summary>Takes a stream that the peer opened; refuses it when there are too many.</summary>
    internal void Accept(uint id, IReadOnlyDictionary<string, string> headers, bool finished)
    {
        var stream = new SpdyStream(this, id, headers);
        lock (_gate)
        {
            if (_ended is not null) return;
            if (_streams.Count >= MaxStreams)
            {
                EnqueueReset(id, SpdyStatus.RefusedStream);
                return;
            }

            _streams.Add(id, stream);
        }

        if (finished) stream.PeerFinished();
        _accepted.Writer.TryWrite(stream);
    }

    internal void EnqueueReset(uint id, SpdyStatus status) => _control.Writer.TryWrite(SpdyFrames.RstStream(id, status));

    internal void EnqueuePong(uint id) => _control.Writer.TryWrite(SpdyFrames.Ping(id));

    /// <summary>The peer opens no more streams and accepts none; those that are open go on.</summary>
    internal void PeerGoesAway() => _accepted.Writer.TryComplete();
}
