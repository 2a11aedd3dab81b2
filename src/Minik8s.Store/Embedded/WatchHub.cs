using System.Threading.Channels;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Hands committed events to the watchers, in revision order. The writer publishes after each commit; nobody polls and nobody waits for a slow watcher.
/// </summary>
internal sealed class WatchHub(long revision, int bufferedEvents)
{
    private readonly Lock _gate = new();
    private readonly List<Subscription> _subscriptions = [];
    private long _published = revision;

    /// <summary>Everything up to this revision has been handed out.</summary>
    public long Published => Volatile.Read(ref _published);

    /// <summary>Registers a watcher; it receives every event after <see cref="Subscription.From"/>.</summary>
    public Subscription Subscribe(string start, string end)
    {
        lock (_gate)
        {
            var subscription = new Subscription(this, start, end, _published, bufferedEvents);
            _subscriptions.Add(subscription);
            return subscription;
        }
    }

    public void Publish(long upTo, IReadOnlyList<StoreEvent> events)
    {
        lock (_gate)
        {
            Volatile.Write(ref _published, upTo);
            for (var i = _subscriptions.Count - 1; i >= 0; i--)
            {
                if (!_subscriptions[i].Offer(upTo, events)) _subscriptions.RemoveAt(i);
            }
        }
    }

    /// <summary>Ends every watcher, with the failure of the store or in good order.</summary>
    public void Close(Exception? failure)
    {
        lock (_gate)
        {
            foreach (var subscription in _subscriptions) subscription.Complete(failure);
            _subscriptions.Clear();
        }
    }

    private void Remove(Subscription subscription)
    {
        lock (_gate) _subscriptions.Remove(subscription);
    }

    private void Progress(Subscription subscription)
    {
        lock (_gate) subscription.OfferProgress(_published);
    }

    /// <summary>One watcher's queue.</summary>
    internal sealed class Subscription(WatchHub hub, string start, string end, long from, int capacity) : IDisposable
    {
        private readonly Channel<WatchBatch> _queue = Channel.CreateUnbounded<WatchBatch>(new() { SingleReader = true });
        private int _waiting;

        /// <summary>The revision after which this queue is complete.</summary>
        public long From => from;

        public ChannelReader<WatchBatch> Batches => _queue.Reader;

        /// <summary>Queues the events of the range; false when the watcher was cut off for being slow.</summary>
        public bool Offer(long upTo, IReadOnlyList<StoreEvent> events)
        {
            List<StoreEvent>? mine = null;
            foreach (var e in events)
            {
                if (string.CompareOrdinal(e.Key, start) >= 0 && string.CompareOrdinal(e.Key, end) < 0) (mine ??= []).Add(e);
            }

            if (mine is null) return true;
            if (Volatile.Read(ref _waiting) + mine.Count > capacity)
            {
                Complete(new SlowWatcherException());
                return false;
            }

            Interlocked.Add(ref _waiting, mine.Count);
            _queue.Writer.TryWrite(new WatchBatch(upTo, mine));
            return true;
        }

        public void OfferProgress(long revision) => _queue.Writer.TryWrite(new WatchBatch(revision, []));

        public void RequestProgress() => hub.Progress(this);

        /// <summary>The reader has taken a batch off the queue.</summary>
        public void Taken(WatchBatch batch) => Interlocked.Add(ref _waiting, -batch.Events.Count);

        public void Complete(Exception? failure) => _queue.Writer.TryComplete(failure);

        public void Dispose()
        {
            hub.Remove(this);
            Complete(null);
        }
    }
}
