using System.Runtime.CompilerServices;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Embedded;

/// <summary>
/// A watch. One that starts in the past is first given history from the database, a window at a time as its reader asks for it, and joins the live events when
/// it has caught up: at that moment there is neither a gap nor an overlap, whatever the reader's pace.
/// </summary>
internal sealed class EmbeddedWatch : IStoreWatch
{
    private const int ReplayWindow = 4096;
    private const int ReplayBytes = 1 << 20;

    private readonly ReadPool _reads;
    private readonly WatchHub _hub;
    private readonly StorePosition _position;
    private readonly WatchBuffer _buffer;
    private long _delivered;
    private bool _live;
    private int _reading;
    private volatile bool _disposed;

    public EmbeddedWatch(ReadPool reads, WatchHub hub, StorePosition position, WatchBuffer buffer, long after)
    {
        _reads = reads;
        _hub = hub;
        _position = position;
        _buffer = buffer;
        _delivered = after;
        _live = hub.TryJoin(buffer, after);
    }

    public async IAsyncEnumerable<WatchBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0) throw new InvalidOperationException("a watch is read once");
        while (!_live && !_disposed)
        {
            var batch = await _reads.ReadAsync(
                static (session, watch, _) => session.Events(watch._buffer.Start, watch._buffer.Limit, watch._delivered, ReplayWindow, ReplayBytes),
                this,
                cancellationToken);
            _delivered = batch.Revision;
            if (batch.Events.Count > 0) yield return batch;
            _live = !_disposed && _hub.TryJoin(_buffer, _delivered);
        }

        // Disposed of while it joined: the hub must not keep it.
        if (_disposed) _hub.Leave(_buffer);
        while (await _buffer.TakeAsync(cancellationToken) is { } taken)
        {
            if (taken.Events.Count > 0)
            {
                _delivered = taken.Events[^1].Revision;
                yield return new WatchBatch(_delivered, taken.Events);
            }

            // Events may have come after the notice and before the reader; then everything up to them has been delivered.
            if (taken.Progress > 0) yield return new WatchBatch(_delivered = Math.Max(taken.Progress, _delivered), []);
        }
    }

    public ValueTask RequestProgressAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _hub.Progress(_buffer, _position.Revision);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _disposed = true;
        _buffer.End(null);
        _hub.Leave(_buffer);
        return ValueTask.CompletedTask;
    }
}
