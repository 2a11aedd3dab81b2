namespace Minik8s.Store.Embedded;

/// <summary>The bounded channel between callers and the writer thread, which also wakes for signals.</summary>
/// <remarks>The semaphore is not disposed of: callers may still wait on it when the store closes, and it holds no handle.</remarks>
internal sealed class WriteQueue(int capacity)
{
    private readonly object _gate = new();
    private readonly Queue<PendingWrite> _items = new();
    private readonly SemaphoreSlim _room = new(capacity);
    private bool _signalled;
    private Exception? _closed;

    /// <summary>Queues a write, waiting for room.</summary>
    public async ValueTask EnqueueAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        lock (_gate)
        {
            if (_closed is null)
            {
                _items.Enqueue(write);
                Monitor.Pulse(_gate);
                return;
            }
        }

        _room.Release();
        throw Closed();
    }

    /// <summary>Wakes the writer for work of its own.</summary>
    public void Signal()
    {
        lock (_gate)
        {
            _signalled = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Refuses further writes with the reason; what is queued stays for the writer.</summary>
    public void Close(Exception reason)
    {
        lock (_gate)
        {
            _closed ??= reason;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>
    /// Takes what is waiting, up to the limits. Without any, waits for a write or a signal, if told to. False when the queue is closed and empty.
    /// </summary>
    public bool Take(List<PendingWrite> into, int maxWrites, int maxBytes, bool wait)
    {
        var removed = 0;
        lock (_gate)
        {
            while (wait && _items.Count == 0 && !_signalled && _closed is null) Monitor.Wait(_gate);
            _signalled = false;
            if (_items.Count == 0 && _closed is not null) return false;
            for (var bytes = 0; into.Count < maxWrites && bytes < maxBytes && _items.TryDequeue(out var write); removed++)
            {
                if (!write.TryTake()) continue;
                into.Add(write);
                bytes += write.Size;
            }
        }

        if (removed > 0) _room.Release(removed);
        return true;
    }

    private StoreUnavailableException Closed() => new(_closed!.Message, _closed.InnerException);
}
