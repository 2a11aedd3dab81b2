using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace Minik8s.ApiServer.Watch;

/// <summary>One watcher's queue of events, already filtered. The cache never waits for its reader: one that falls too far behind is ended.</summary>
public sealed class Watcher : IDisposable
{
    private readonly ResourceCache _cache;
    private readonly Channel<WatchedEvent?> _queue = Channel.CreateUnbounded<WatchedEvent?>(new() { SingleReader = true });
    private readonly int _capacity;
    private readonly long _from;
    private int _waiting;
    private bool _live;
    private bool _ended;

    internal Watcher(ResourceCache cache, ObjectSelector selector, int capacity, long from)
    {
        _cache = cache;
        Selector = selector;
        _capacity = capacity;
        _from = from;
    }

    /// <summary>The revision at which the first events end and the live ones begin.</summary>
    public long InitialRevision { get; private set; }

    /// <summary>Whether it gets no more events, so that what the cache has reached says nothing about it.</summary>
    public bool Ended => Volatile.Read(ref _ended);

    internal ObjectSelector Selector { get; }

    /// <summary>Waits for the next event, or for a nudge; false when there will be none any more.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _queue.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Takes what is there now: an event, or null for a nudge.</summary>
    public bool TryTake(out WatchedEvent? next)
    {
        if (!_queue.Reader.TryRead(out next)) return false;
        if (next is not null) Interlocked.Decrement(ref _waiting);
        return true;
    }

    /// <summary>The events one after the other, until the watcher is ended.</summary>
    public async IAsyncEnumerable<WatchedEvent> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await WaitAsync(cancellationToken))
        {
            while (TryTake(out var next))
            {
                if (next is not null) yield return next;
            }
        }
    }

    /// <summary>Wakes the reader without an event.</summary>
    public void Nudge() => _queue.Writer.TryWrite(null);

    public void Dispose()
    {
        _cache.Remove(this);
        Complete();
    }

    internal void Complete()
    {
        Volatile.Write(ref _ended, true);
        _queue.Writer.TryComplete();
    }

    internal void Initialised(long revision)
    {
        InitialRevision = revision;
        _live = true;
    }

    /// <returns>False when the watcher has been ended.</returns>
    internal bool Offer(CacheEvent e)
    {
        if (_live && e.Revision <= _from) return true;
        var matches = e.Type != CacheEventType.Deleted && Selector.Matches(e.Current);
        var matched = e.Previous is not null && Selector.Matches(e.Previous);
        if (!matches && !matched) return true;
        var seenAs = matches ? (matched ? CacheEventType.Modified : CacheEventType.Added) : CacheEventType.Deleted;
        if (_live && Interlocked.Increment(ref _waiting) > _capacity)
        {
            // It comes back and resumes from the last event that it has read.
            Complete();
            return false;
        }

        _queue.Writer.TryWrite(new WatchedEvent(e, seenAs));
        return true;
    }
}

/// <summary>An event as one watcher sees it: an object that begins to match its selector is added for it, one that ceases to is deleted.</summary>
public sealed record WatchedEvent(CacheEvent Event, CacheEventType SeenAs);
