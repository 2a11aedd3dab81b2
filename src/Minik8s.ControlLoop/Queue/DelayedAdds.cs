namespace Minik8s.ControlLoop;

/// <summary>Keys that wait for their time, each once with its earliest time. Not thread-safe: the queue that owns it holds its lock.</summary>
internal sealed class DelayedAdds<TKey>
    where TKey : notnull
{
    private readonly Dictionary<TKey, DateTimeOffset> _due = [];
    private readonly PriorityQueue<TKey, DateTimeOffset> _order = new();

    public int Count => _due.Count;

    /// <summary>When the first key is due; null when none waits.</summary>
    public DateTimeOffset? Next
    {
        get
        {
            DropStale();
            return _order.TryPeek(out _, out var due) ? due : null;
        }
    }

    public void Add(TKey key, DateTimeOffset due)
    {
        if (_due.TryGetValue(key, out var present) && present <= due) return;
        _due[key] = due;
        _order.Enqueue(key, due);
    }

    /// <summary>Takes out one key whose time has come.</summary>
    public bool TryTake(DateTimeOffset now, out TKey key)
    {
        DropStale();
        if (_order.TryPeek(out key!, out var due) && due <= now)
        {
            _order.Dequeue();
            _due.Remove(key);
            return true;
        }

        return false;
    }

    // A key that was added again with an earlier time leaves its former entry behind.
    private void DropStale()
    {
        while (_order.TryPeek(out var key, out var due) && !(_due.TryGetValue(key, out var valid) && valid == due)) _order.Dequeue();
    }
}
