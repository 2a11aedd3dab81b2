namespace Minik8s.Store.Watching;

/// <summary>What waits for one watcher: events up to a bound, and at most one progress notice. Filled by the hub, emptied by one reader.</summary>
internal sealed class WatchBuffer(string start, string end, int maxEvents, long maxBytes)
{
    private const int EventOverhead = 128;

    private readonly Lock _gate = new();
    private List<StoreEvent> _events = [];
    private long _bytes;
    private long _progress;
    private bool _ended;
    private Exception? _failure;
    private TaskCompletionSource? _reader;

    public string Start => start;

    public string Limit => end;

    /// <summary>Events up to this revision have been delivered in another way.</summary>
    public long After { get; set; }

    /// <summary>Adds an event; false when the watcher has ended or does not keep up and was cut off.</summary>
    public bool Offer(StoreEvent e)
    {
        if (e.Revision <= After) return true;
        lock (_gate)
        {
            if (_ended) return false;
            _bytes += e.Value.Length + (e.PreviousValue?.Length ?? 0) + EventOverhead;
            if (_events.Count < maxEvents && _bytes <= maxBytes)
            {
                _events.Add(e);
                Wake();
                return true;
            }

            EndLocked(new SlowWatcherException());
            return false;
        }
    }

    public void OfferProgress(long revision)
    {
        lock (_gate)
        {
            _progress = Math.Max(_progress, revision);
            Wake();
        }
    }

    /// <summary>Ends the watch: with a failure, or in good order when its reader left.</summary>
    public void End(Exception? failure)
    {
        lock (_gate) EndLocked(failure);
    }

    /// <summary>Waits for, and takes, what has come; null when the watch has ended in good order.</summary>
    public async ValueTask<(List<StoreEvent> Events, long Progress)?> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            Task wait;
            lock (_gate)
            {
                if (_failure is not null) throw Failure(_failure);
                if (_ended) return null;
                if (_events.Count > 0 || _progress > 0)
                {
                    var taken = (_events, _progress);
                    _events = [];
                    _bytes = 0;
                    _progress = 0;
                    return taken;
                }

                _reader ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
                wait = _reader.Task;
            }

            await wait.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The failure, made anew: one that ends many watches must not be thrown by all of them.</summary>
    private static Exception Failure(Exception failure) => failure switch
    {
        StoreUnavailableException => new StoreUnavailableException(failure.Message, failure.InnerException),
        RevisionCompactedException compacted => new RevisionCompactedException(compacted.Requested, compacted.Floor),
        _ => failure,
    };

    private void EndLocked(Exception? failure)
    {
        if (_ended) return;
        _ended = true;
        _failure = failure;
        _events = [];
        Wake();
    }

    private void Wake()
    {
        _reader?.TrySetResult();
        _reader = null;
    }
}
