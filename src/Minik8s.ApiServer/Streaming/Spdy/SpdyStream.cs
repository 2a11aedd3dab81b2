using System.IO.Pipelines;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>One stream of a SPDY connection. Each direction ends by itself (half-close).</summary>
internal sealed class SpdyStream
{
    /// <summary>How much may wait for a reader before the connection is read no further.</summary>
    private const int PauseAt = 128 * 1024;

    private readonly SpdyConnection _connection;
    private readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: PauseAt, resumeWriterThreshold: PauseAt / 2, useSynchronizationContext: false));
    private readonly TaskCompletionSource _reply = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private bool _inputEnded;
    private bool _outputEnded;

    internal SpdyStream(SpdyConnection connection, uint id, IReadOnlyDictionary<string, string> headers)
    {
        _connection = connection;
        Id = id;
        Headers = headers;
        // A reset that comes when nobody waits for the reply is no unobserved failure.
        _ = _reply.Task.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    public uint Id { get; }

    /// <summary>What the opener said of the stream.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; }

    /// <summary>
    /// What the peer sends. It ends when the peer finishes or resets the stream, or the connection ends; what came before can still be read
    /// (<see cref="Error"/> tells these apart).
    /// </summary>
    public PipeReader Input => _input.Reader;

    /// <summary>Why the input ended, if not because the peer finished it.</summary>
    public SpdyException? Error { get; private set; }

    internal PipeWriter InputWriter => _input.Writer;

    internal Task Reply => _reply.Task;

    internal bool IsFinished
    {
        get
        {
            lock (_gate) return _inputEnded && _outputEnded;
        }
    }

    /// <summary>Sends data, in frames of a moderate size, in order.</summary>
    /// <exception cref="SpdyException">The stream was finished or reset, or the connection is gone.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (data.Length > 0)
        {
            ThrowIfOutputEnded();
            var part = data[..Math.Min(data.Length, SpdyConnection.LargestDataFrame)];
            await _connection.SendDataAsync(Id, SpdyFlags.None, part, cancellationToken);
            data = data[part.Length..];
        }
    }

    /// <summary>Tells the peer that no more data comes; a second call does nothing.</summary>
    /// <exception cref="SpdyException">The connection is gone.</exception>
    public async ValueTask CompleteAsync(CancellationToken cancellationToken)
    {
        if (!EndOutput()) return;
        await _connection.SendDataAsync(Id, SpdyFlags.Fin, default, cancellationToken);
        _connection.ForgetIfFinished(this);
    }

    /// <summary>Accepts a stream that the peer opened. The peer sends nothing before that.</summary>
    public ValueTask ReplyAsync(CancellationToken cancellationToken) => _connection.SendReplyAsync(Id, cancellationToken);

    /// <summary>Ends both directions at once; a pending read is cancelled, and <see cref="Input"/> must not be read any more.</summary>
    public async ValueTask ResetAsync(SpdyStatus status, CancellationToken cancellationToken)
    {
        EndOutput();
        lock (_gate)
        {
            _inputEnded = true;
            Error ??= new SpdyException($"The stream was reset here: {status}.");
        }

        // The receiver owns the writing end, so it is freed rather than completed.
        _connection.Forget(this);
        _input.Writer.CancelPendingFlush();
        _input.Reader.CancelPendingRead();
        await _connection.SendAsync(SpdyFrames.RstStream(Id, status), cancellationToken);
    }

    internal void Replied() => _reply.TrySetResult();

    internal void PeerFinished()
    {
        EndInput(null);
        _connection.ForgetIfFinished(this);
    }

    /// <summary>The peer reset the stream or the connection ended: nothing goes either way any more.</summary>
    internal void Abort(SpdyException why)
    {
        EndOutput();
        EndInput(why);
        _reply.TrySetException(why);
    }

    private void EndInput(SpdyException? why)
    {
        lock (_gate)
        {
            if (_inputEnded) return;
            _inputEnded = true;
            Error = why;
        }

        // Completed without the failure: a pipe that fails does not give out what it still holds.
        _input.Writer.Complete();
    }

    private bool EndOutput()
    {
        lock (_gate)
        {
            if (_outputEnded) return false;
            _outputEnded = true;
            return true;
        }
    }

    private void ThrowIfOutputEnded()
    {
        lock (_gate)
        {
            if (_outputEnded) throw Error ?? new SpdyException("The stream is finished already.");
        }
    }
}
