using System.Runtime.CompilerServices;
using Grpc.Core;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Etcd;

/// <summary>
/// A watch. One that starts in the past first reads etcd's log by itself, at its reader's pace, and joins the feed when it has caught up: then there is neither a gap nor an overlap.
/// </summary>
internal sealed class EtcdWatch : IStoreWatch
{
    private const int MaxFailures = 50;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly EtcdLog _log;
    private readonly WatchHub _hub;
    private readonly WatchBuffer _buffer;
    private readonly Func<long> _known;
    private readonly CancellationTokenSource _disposal = new();
    private long _delivered;
    private bool _live;
    private int _reading;

    /// <param name="log">Where the past is read.</param>
    /// <param name="hub">Where the present is published.</param>
    /// <param name="buffer">The range, and what waits for the reader.</param>
    /// <param name="after">The revision after which events are wanted.</param>
    /// <param name="known">The newest revision that a caller of the store has been told.</param>
    public EtcdWatch(EtcdLog log, WatchHub hub, WatchBuffer buffer, long after, Func<long> known)
    {
        _log = log;
        _hub = hub;
        _buffer = buffer;
        _delivered = after;
        _known = known;
        _live = hub.TryJoin(buffer, after);
    }

    public async IAsyncEnumerable<WatchBatch> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _reading, 1) != 0) throw new InvalidOperationException("a watch is read once");
        if (!_live)
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposal.Token);
            await using var past = PastAsync(ending.Token).GetAsyncEnumerator(ending.Token);
            while (await NextAsync(past, cancellationToken)) yield return past.Current;
        }

        // Disposed of while it joined: the hub must not keep it.
        if (_disposal.IsCancellationRequested) _hub.Leave(_buffer);
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
        _hub.Progress(_buffer, _known());
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _disposal.CancelAsync();
        _buffer.End(null);
        _hub.Leave(_buffer);
    }

    private async ValueTask<bool> NextAsync(IAsyncEnumerator<WatchBatch> past, CancellationToken cancellationToken)
    {
        try
        {
            return await past.MoveNextAsync();
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Disposed of, or the store was closed: the buffer tells which.
            if (!_disposal.IsCancellationRequested) _hub.TryJoin(_buffer, _delivered);
            return false;
        }
    }

    /// <summary>What happened until the watch has joined the feed.</summary>
    private async IAsyncEnumerable<WatchBatch> PastAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var failures = 0; !_live; failures++)
        {
            await using var batches = _log.ReadAsync(_delivered, null, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (!_live && await ContinuesAsync(batches, failures, cancellationToken))
            {
                failures = 0;
                var batch = batches.Current;
                _delivered = batch.Revision;
                _live = _hub.TryJoin(_buffer, _delivered);
                var mine = batch.Events.Where(e => KeyOrder.Contains(_buffer.Start, _buffer.Limit, e.Key)).ToList();
                if (mine.Count > 0) yield return new WatchBatch(_delivered, mine);
            }
        }
    }

    /// <summary>False when the member failed, after a short rest.</summary>
    private static async ValueTask<bool> ContinuesAsync(IAsyncEnumerator<WatchBatch> batches, int failures, CancellationToken cancellationToken)
    {
        try
        {
            return await batches.MoveNextAsync();
        }
        catch (RpcException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (failures >= MaxFailures || !EtcdFailure.IsTransient(e)) throw new StoreUnavailableException($"a watch cannot be begun on etcd: {e.Status.Detail}", e);
            await Task.Delay(RetryDelay, cancellationToken);
            return false;
        }
    }
}
