using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

/// <summary>A local copy of a collection, kept up to date by list and watch and shared by every component of the process that needs it.</summary>
public sealed class SharedInformer<T> : IInformer, IReflectorSink<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ObjectStore<T> _store = new();
    private readonly Lock _dispatch = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Reflector<T> _reflector;
    private readonly Action<T>? _transform;
    private readonly TimeProvider _time;
    private readonly TimeSpan _resync;
    private IResourceHandler<T>[] _handlers = [];

    /// <param name="name">What is watched, for logs.</param>
    /// <param name="source">Where the objects come from.</param>
    /// <param name="options">Which part of the collection.</param>
    /// <param name="logger">Where failures of list and watch are told.</param>
    /// <param name="time">The clock of back-off and resync.</param>
    /// <param name="resync">How often the handlers hear of every object again, as a net under lost events; zero: never.</param>
    /// <param name="transform">Strips from each new object what nobody here reads; by default its managed fields.</param>
    public SharedInformer(
        string name, IListWatch<T> source, InformerOptions options, ILogger logger, TimeProvider time, TimeSpan resync = default, Action<T>? transform = null)
    {
        Name = name;
        _time = time;
        _resync = resync;
        _transform = transform;
        _reflector = new Reflector<T>(name, source, options, this, time, logger, Random.Shared);
    }

    public string Name { get; }

    public bool HasSynced => _synced.Task.IsCompletedSuccessfully;

    /// <summary>The local copy.</summary>
    public ILister<T> Lister => _store;

    public Task WaitForSyncAsync(CancellationToken cancellationToken) => _synced.Task.WaitAsync(cancellationToken);

    /// <summary>Adds an index; one of the same name stays as it is.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values) => _store.AddIndex(name, values);

    /// <summary>Adds a handler, which at once hears of every object already here.</summary>
    public void AddHandler(IResourceHandler<T> handler)
    {
        lock (_dispatch)
        {
            foreach (var obj in _store.List()) handler.Added(obj, initial: true);
            _handlers = [.. _handlers, handler];
        }
    }

    /// <summary>Adds a handler that takes every change alike: the object's present or last state.</summary>
    public void AddHandler(Action<T> changed) => AddHandler(new ResourceHandler<T>(changed, (_, now) => changed(now), changed));

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var tasks = new List<Task> { _reflector.RunAsync(stop.Token) };
        if (_resync > TimeSpan.Zero) tasks.Add(ResyncAsync(stop.Token));
        try
        {
            await await Task.WhenAny(tasks);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    void IReflectorSink<T>.Replace(IReadOnlyList<T> items)
    {
        lock (_dispatch)
        {
            var initial = !HasSynced;
            var gone = _store.Keys();
            foreach (var item in items)
            {
                gone.Remove(ObjectKey.Of(item));
                SetLocked(item, initial);
            }

            foreach (var key in gone) RemoveLocked(key);
        }

        _synced.TrySetResult();
    }

    void IReflectorSink<T>.Set(T obj)
    {
        lock (_dispatch) SetLocked(obj, initial: false);
    }

    void IReflectorSink<T>.Remove(T obj)
    {
        lock (_dispatch) RemoveLocked(ObjectKey.Of(obj));
    }

    private void SetLocked(T obj, bool initial)
    {
        obj.Metadata.ManagedFields = null;
        _transform?.Invoke(obj);
        var old = _store.Set(obj);
        // A list brings much that is known; only what differs is news.
        if (old is not null && old.Metadata.ResourceVersion == obj.Metadata.ResourceVersion && old.Metadata.Uid == obj.Metadata.Uid) return;
        foreach (var handler in _handlers)
        {
            if (old is null)
            {
                handler.Added(obj, initial);
            }
            else if (old.Metadata.Uid == obj.Metadata.Uid)
            {
                handler.Updated(old, obj);
            }
            else
            {
                // Deleted and made anew while the watch was broken: two objects, not one that changed.
                handler.Deleted(old);
                handler.Added(obj, initial: false);
            }
        }
    }

    private void RemoveLocked(ObjectKey key)
    {
        if (_store.Remove(key) is not { } last) return;
        foreach (var handler in _handlers) handler.Deleted(last);
    }

    private async Task ResyncAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_resync, _time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            lock (_dispatch)
            {
                foreach (var obj in _store.List())
                {
                    foreach (var handler in _handlers) handler.Updated(obj, obj);
                }
            }
        }
    }
}
