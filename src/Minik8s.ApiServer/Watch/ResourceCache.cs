using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Store;

namespace Minik8s.ApiServer.Watch;

/// <summary>
/// All objects of one resource in memory, kept up to date by one watch on the store, with the recent events for watchers that resume.
/// Reads are served from here; a reader that must not see the past first waits until the cache has reached the store's revision.
/// </summary>
public sealed partial class ResourceCache(ResourceDefinition resource, IStore store, TimeProvider time, ILogger<ResourceCache> logger)
{
    private const int HistoryCapacity = 2048;
    private const int WatcherCapacity = 4096;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly SortedObjects _objects = new();
    private readonly Queue<CacheEvent> _history = new();
    private readonly WatcherSet _watchers = new();
    private readonly List<Action<CacheEvent>> _observers = [];
    private readonly List<(long Revision, TaskCompletionSource Reached)> _waiters = [];
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IStoreWatch? _watch;
    private long _revision;
    private long _historyFloor;
    private long _goal;
    private bool _ended;

    public ResourceDefinition Resource => resource;

    /// <summary>The prefix of every key of the resource.</summary>
    public string Prefix { get; } = resource.Kind.Group.Length == 0 ? $"/registry/{resource.Plural}/" : $"/registry/{resource.Kind.Group}/{resource.Plural}/";

    /// <summary>Ends when the cache has been filled for the first time.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Keeps the cache up to date until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await FillAsync(cancellationToken);
                await FollowAsync(cancellationToken);
            }
            catch (Exception e) when (e is RevisionCompactedException or SlowWatcherException)
            {
                LogRefill(resource.Plural, e.Message);
            }
            catch (StoreUnavailableException e)
            {
                LogStoreLost(resource.Plural, e.Message);
                await Task.Delay(RetryDelay, time, cancellationToken);
            }
        }
    }

    /// <summary>Waits until the cache shows everything that the store had acknowledged when this was called.</summary>
    public async ValueTask WaitForStoreAsync(CancellationToken cancellationToken) =>
        await WaitForAsync(await store.CurrentRevisionAsync(cancellationToken), cancellationToken);

    /// <summary>Waits until the cache has reached a revision.</summary>
    public async ValueTask WaitForAsync(long revision, CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref _revision) >= revision && _synced.Task.IsCompleted) return;
        await _synced.Task.WaitAsync(cancellationToken);
        TaskCompletionSource reached;
        IStoreWatch? watch;
        lock (_gate)
        {
            if (_revision >= revision) return;
            reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((revision, reached));
            watch = _watch;
        }

        if (watch is not null) await watch.RequestProgressAsync(cancellationToken);
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(10), time, cancellationToken);
    }

    public CachedObject? Find(string key)
    {
        lock (_gate) return _objects.Find(key);
    }

    /// <summary>The selected objects in key order, at one revision.</summary>
    public (List<CachedObject> Items, long Revision) List(ObjectSelector selector)
    {
        CachedObject[] candidates;
        long revision;
        lock (_gate) (candidates, revision) = (_objects.Range(RangeOf(selector)), _revision);
        var items = new List<CachedObject>(selector.IsEverything ? candidates.Length : 0);
        foreach (var obj in candidates)
        {
            if (selector.Matches(obj)) items.Add(obj);
        }

        return (items, revision);
    }

    /// <summary>Starts a watch after a revision.</summary>
    /// <param name="selector">What the watcher sees.</param>
    /// <param name="after">The revision after which events are wanted; null starts with the present objects as additions.</param>
    /// <exception cref="StatusException">410 when the events since then are no longer known.</exception>
    public Watcher Watch(ObjectSelector selector, long? after)
    {
        lock (_gate)
        {
            var watcher = new Watcher(this, selector, WatcherCapacity, after is null ? _revision : Math.Max(after.Value, 0));
            if (after is { } from)
            {
                if (from < _historyFloor) throw StatusErrors.Expired($"too old resource version: {from} ({_historyFloor})");
                foreach (var e in _history)
                {
                    if (e.Revision > from) watcher.Offer(e);
                }
            }
            else
            {
                foreach (var obj in _objects.Range(RangeOf(selector))) watcher.Offer(new CacheEvent(CacheEventType.Added, obj, null, obj.Revision));
            }

            watcher.Initialised(_revision);
            if (_ended) watcher.Complete();
            else _watchers.Add(watcher);
            return watcher;
        }
    }

    /// <summary>Ends all watches, and those to come after what they begin with: the resource is no longer served as it was.</summary>
    public void EndWatches()
    {
        lock (_gate)
        {
            _ended = true;
            _watchers.CompleteAll();
        }
    }

    /// <summary>
    /// Calls an observer with every present object as an addition, and from then on with every change before watchers see it: for indexes that
    /// must never be behind what the cache shows. It must be quick, because the cache waits for it.
    /// </summary>
    public void Observe(Action<CacheEvent> observer)
    {
        lock (_gate)
        {
            foreach (var obj in _objects.Range("")) observer(new CacheEvent(CacheEventType.Added, obj, null, obj.Revision));
            _observers.Add(observer);
        }
    }

    /// <summary>The revision that the cache shows.</summary>
    public long Revision => Volatile.Read(ref _revision);

    internal void Remove(Watcher watcher)
    {
        lock (_gate) _watchers.Remove(watcher);
    }

    private string RangeOf(ObjectSelector selector) => resource.Namespaced && selector.Namespace is { } ns ? $"{Prefix}{ns}/" : "";

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        var again = _revision > 0;
        var all = again ? await store.RangeAsync(RangeQuery.Prefix(Prefix), cancellationToken) : await BeginAsync(cancellationToken);
        var objects = all.Items.Select(i => CachedObject.Read(resource, i.Key, i.Value, i.ModRevision)).ToDictionary(o => o.Key);
        lock (_gate)
        {
            if (again)
            {
                // What happened meanwhile is known only as a difference, which has no order that a watcher could resume in: they all list again.
                _watchers.CompleteAll();
                foreach (var gone in _objects.Range("").Where(o => !objects.ContainsKey(o.Key))) Apply(new CacheEvent(CacheEventType.Deleted, gone, gone, all.Revision));
                foreach (var obj in objects.Values.Where(o => _objects.Find(o.Key)?.Revision != o.Revision).OrderBy(o => o.Revision))
                {
                    var before = _objects.Find(obj.Key);
                    Apply(new CacheEvent(before is null ? CacheEventType.Added : CacheEventType.Modified, obj, before, obj.Revision));
                }

                _history.Clear();
            }
            else
            {
                foreach (var obj in objects.Values)
                {
                    _objects.Set(obj);
                    foreach (var observer in _observers) observer(new CacheEvent(CacheEventType.Added, obj, null, obj.Revision));
                }
            }

            _historyFloor = all.Revision;
            Advance(all.Revision);
        }
    }

    /// <summary>
    /// The first fill begins in the past, as far back as events are remembered, and lets the store's watch bring the rest: so a watcher resumes across a restart
    /// of the server.
    /// </summary>
    private async Task<RangeResult> BeginAsync(CancellationToken cancellationToken)
    {
        _goal = await store.CurrentRevisionAsync(cancellationToken);
        try
        {
            return await store.RangeAsync(RangeQuery.Prefix(Prefix, Math.Max(1, _goal - HistoryCapacity)), cancellationToken);
        }
        catch (RevisionCompactedException e) when (e.Floor <= _goal)
        {
            return await store.RangeAsync(RangeQuery.Prefix(Prefix, e.Floor), cancellationToken);
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        await using var watch = await store.WatchAsync(Prefix, KeyRange.PrefixEnd(Prefix), _revision, cancellationToken);
        lock (_gate) _watch = watch;
        // Whoever began to wait before the watch was there has not asked for progress.
        await watch.RequestProgressAsync(cancellationToken);
        await foreach (var batch in watch.ReadAllAsync(cancellationToken))
        {
            lock (_gate)
            {
                foreach (var e in batch.Events) Apply(Translate(e));
                Advance(batch.Revision);
            }
        }
    }

    private CacheEvent Translate(StoreEvent e)
    {
        var before = _objects.Find(e.Key);
        if (e.Type == StoreEventType.Delete)
        {
            // Watchers of a deletion get the object's last state with the revision of the deletion, so that they can resume from it.
            var last = e.Value.IsEmpty && before is not null ? before : CachedObject.Read(resource, e.Key, e.Value, e.Revision);
            return new(CacheEventType.Deleted, last, before ?? last, e.Revision);
        }

        var now = CachedObject.Read(resource, e.Key, e.Value, e.Revision);
        return new(before is null ? CacheEventType.Added : CacheEventType.Modified, now, before, e.Revision);
    }

    private void Apply(CacheEvent e)
    {
        if (e.Type == CacheEventType.Deleted) _objects.Remove(e.Current.Key);
        else _objects.Set(e.Current);
        foreach (var observer in _observers) observer(e);
        _history.Enqueue(e);
        if (_history.Count > HistoryCapacity) _historyFloor = _history.Dequeue().Revision;
        _watchers.Offer(e);
    }

    private void Advance(long revision)
    {
        if (revision > _revision) Volatile.Write(ref _revision, revision);
        if (_revision >= _goal) _synced.TrySetResult();
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (_waiters[i].Revision > _revision) continue;
            _waiters[i].Reached.TrySetResult();
            _waiters.RemoveAt(i);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The cache of {Resource} is filled again: {Reason}")]
    private partial void LogRefill(string resource, string reason);

    [LoggerMessage(LogLevel.Error, "The cache of {Resource} has lost the store: {Reason}")]
    private partial void LogStoreLost(string resource, string reason);
}
