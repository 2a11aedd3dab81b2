using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Minik8s.ControlLoop;
using Minik8s.Testing.Api;

namespace Minik8s.Testing.Reconciling;

/// <summary>
/// The surroundings of one reconciler: objects in, writes and events out. The caches are what a reconciler reads; they follow the API only on <see cref="Sync"/>, so that a
/// test decides how stale they are.
/// </summary>
public sealed class ReconcileTable : IDisposable
{
    private readonly Dictionary<Type, object> _caches = [];
    private readonly List<Action> _syncs = [];

    public ReconcileTable() => Api = new FakeApi(Clock);

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    public FakeApi Api { get; }

    public RecordingEvents Events { get; } = new();

    /// <summary>The writes so far: <c>create pods default/web-1</c>.</summary>
    public IReadOnlyList<string> Writes => [.. Api.Writes.Select(w => w.ToString())];

    /// <summary>An object that is in the API and in the cache.</summary>
    public T Given<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var stored = Api.Put(obj);
        Cache<T>().Set(stored);
        return stored;
    }

    /// <summary>What a reconciler knows of a kind.</summary>
    public ObjectStore<T> Cache<T>()
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (_caches.TryGetValue(typeof(T), out var present)) return (ObjectStore<T>)present;
        var cache = new ObjectStore<T>();
        _caches.Add(typeof(T), cache);
        _syncs.Add(() => Sync(cache));
        Sync(cache);
        return cache;
    }

    /// <summary>Brings all caches up to date.</summary>
    public void Sync()
    {
        foreach (var sync in _syncs) sync();
    }

    /// <summary>Forgets the writes and events so far.</summary>
    public void Clear()
    {
        Api.ClearRequests();
        Events.Clear();
    }

    public void Dispose() => Api.Dispose();

    private void Sync<T>(ObjectStore<T> cache)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var present = Api.All<T>();
        var names = present.Select(o => ObjectKey.Of(o)).ToHashSet();
        foreach (var gone in cache.List().Select(o => ObjectKey.Of(o)).Where(k => !names.Contains(k))) cache.Remove(gone);
        foreach (var obj in present) cache.Set(obj);
    }
}
