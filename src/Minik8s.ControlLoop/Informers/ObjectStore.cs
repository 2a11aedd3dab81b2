using k8s;
using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>Objects by key with secondary indexes; safe for use by many threads.</summary>
public sealed class ObjectStore<T> : ILister<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, T> _objects = [];
    private readonly Dictionary<string, Index> _indexes = [];

    /// <summary>An empty store with the index by namespace.</summary>
    public ObjectStore() => AddIndex(Indexes.Namespace, Indexes.ByNamespace);

    public int Count
    {
        get
        {
            lock (_lock) return _objects.Count;
        }
    }

    public T? Get(ObjectKey key)
    {
        lock (_lock) return _objects.GetValueOrDefault(key);
    }

    public IReadOnlyList<T> List()
    {
        lock (_lock) return [.. _objects.Values];
    }

    public IReadOnlyList<T> ByIndex(string index, string value)
    {
        lock (_lock)
        {
            if (!_indexes.TryGetValue(index, out var found)) throw new KeyNotFoundException($"there is no index {index} on {typeof(T).Name}");
            if (!found.Keys.TryGetValue(value, out var keys)) return [];
            var result = new T[keys.Count];
            var i = 0;
            foreach (var key in keys) result[i++] = _objects[key];
            return result;
        }
    }

    /// <summary>Adds an index over what is there and what comes; does nothing when one of that name exists.</summary>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_lock)
        {
            if (_indexes.ContainsKey(name)) return;
            var index = new Index(values);
            foreach (var (key, obj) in _objects) index.Add(key, obj);
            _indexes.Add(name, index);
        }
    }

    /// <summary>Puts an object in the place of its former state, which is returned.</summary>
    public T? Set(T obj)
    {
        var key = ObjectKey.Of(obj);
        lock (_lock)
        {
            _objects.TryGetValue(key, out var old);
            _objects[key] = obj;
            foreach (var index in _indexes.Values)
            {
                if (old is not null) index.Remove(key, old);
                index.Add(key, obj);
            }

            return old;
        }
    }

    /// <summary>Takes an object out; its last state is returned.</summary>
    public T? Remove(ObjectKey key)
    {
        lock (_lock)
        {
            if (!_objects.Remove(key, out var old)) return null;
            foreach (var index in _indexes.Values) index.Remove(key, old);
            return old;
        }
    }

    /// <summary>All keys at this moment.</summary>
    internal HashSet<ObjectKey> Keys()
    {
        lock (_lock) return [.. _objects.Keys];
    }

    private sealed class Index(Func<T, IEnumerable<string>> values)
    {
        public Dictionary<string, HashSet<ObjectKey>> Keys { get; } = [];

        public void Add(ObjectKey key, T obj)
        {
            foreach (var value in values(obj))
            {
                if (!Keys.TryGetValue(value, out var keys)) Keys.Add(value, keys = []);
                keys.Add(key);
            }
        }

        public void Remove(ObjectKey key, T obj)
        {
            foreach (var value in values(obj))
            {
                if (Keys.TryGetValue(value, out var keys) && keys.Remove(key) && keys.Count == 0) Keys.Remove(value);
            }
        }
    }
}
