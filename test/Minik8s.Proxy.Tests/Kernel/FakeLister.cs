using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Tests.Kernel;

/// <summary>A local copy of a collection that a test fills.</summary>
internal sealed class FakeLister<T> : ILister<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _objects = new();

    public int Count => _objects.Count;

    public void Set(T value) => _objects[ObjectKey.Of(value)] = value;

    public void Remove(T value) => _objects.TryRemove(ObjectKey.Of(value), out _);

    public T? Get(ObjectKey key) => _objects.GetValueOrDefault(key);

    public IReadOnlyList<T> List() => [.. _objects.Values];

    public IReadOnlyList<T> ByIndex(string index, string value) => throw new KeyNotFoundException(index);
}
