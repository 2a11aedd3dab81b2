namespace Minik8s.Store.Watching;

/// <summary>
/// Hands committed events to the watchers, in revision order. Whoever learns of commits publishes them; nobody polls, and nobody waits for a slow watcher.
/// </summary>
internal sealed class WatchHub(long revision)
{
    private readonly Lock _gate = new();
    private readonly RangeIndex<WatchBuffer> _watchers = new();
    private readonly List<(WatchBuffer Watcher, long AtLeast)> _progress = [];
    private readonly List<WatchBuffer> _slow = [];
    private long _published = revision;
    private Exception? _closed;

    /// <summary>Everything up to this revision has been published.</summary>
    public long Published
    {
        get
        {
            lock (_gate) return _published;
        }
    }

    /// <summary>
    /// Registers a watcher that has been given everything up to <paramref name="after"/>, so that every later event reaches it; false when that is behind what
    /// has been published, and the watcher must be given the difference first.
    /// </summary>
    public bool TryJoin(WatchBuffer watcher, long after)
    {
        lock (_gate)
        {
            if (_closed is not null)
            {
                watcher.End(_closed);
                return true;
            }

            if (after < _published) return false;
            watcher.After = after;
            _watchers.Add(watcher.Start, watcher.Limit, watcher);
            return true;
        }
    }

    public void Leave(WatchBuffer watcher)
    {
        lock (_gate) _watchers.Remove(watcher);
    }

    /// <summary>Called with everything between the last published revision and this one.</summary>
    public void Publish(long upTo, IReadOnlyList<StoreEvent> events)
    {
        lock (_gate)
        {
            _published = upTo;
            foreach (var e in events)
            {
                foreach (var watcher in _watchers.Find(e.Key))
                {
                    if (!watcher.Offer(e)) _slow.Add(watcher);
                }
            }

            foreach (var watcher in _slow) _watchers.Remove(watcher);
            _slow.Clear();
            if (_progress.Count > 0) AnswerProgress();
        }
    }

    /// <summary>Sends a progress notice as soon as the revision has been published.</summary>
    public void Progress(WatchBuffer watcher, long atLeast)
    {
        lock (_gate)
        {
            if (_published >= atLeast) watcher.OfferProgress(_published);
            else _progress.Add((watcher, atLeast));
        }
    }

    /// <summary>Goes on from a later revision with a gap before it: the present watchers end, for they would miss something.</summary>
    public void Restart(long revision, Exception reason)
    {
        lock (_gate)
        {
            foreach (var watcher in _watchers.All) watcher.End(reason);
            _watchers.Clear();
            _progress.Clear();
            _published = revision;
        }
    }

    /// <summary>Ends every watcher, present and future.</summary>
    public void Close(Exception reason)
    {
        lock (_gate)
        {
            _closed ??= reason;
            foreach (var watcher in _watchers.All) watcher.End(_closed);
            _watchers.Clear();
            _progress.Clear();
        }
    }

    private void AnswerProgress()
    {
        foreach (var (watcher, atLeast) in _progress)
        {
            if (atLeast <= _published) watcher.OfferProgress(_published);
        }

        _progress.RemoveAll(p => p.AtLeast <= _published);
    }
}
