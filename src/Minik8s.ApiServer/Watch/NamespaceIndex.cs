using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Minik8s.ApiServer.Registry;

namespace Minik8s.ApiServer.Watch;

/// <summary>The objects of a resource by namespace, parsed once, kept by the cache's events: policies of a namespace, of which there are few and which many writes ask for.</summary>
internal sealed class NamespaceIndex
{
    private readonly ConcurrentDictionary<string, ImmutableSortedDictionary<string, JsonObject>> _byNamespace = new(StringComparer.Ordinal);

    public NamespaceIndex(ResourceCache cache) => cache.Observe(Changed);

    /// <summary>The objects of a namespace, in the order of their names, as the cache shows them. They are shared: nobody changes them.</summary>
    public IEnumerable<JsonObject> Of(string ns) => _byNamespace.TryGetValue(ns, out var objects) ? objects.Values : [];

    /// <summary>Whether a namespace has any.</summary>
    public bool Any(string ns) => _byNamespace.ContainsKey(ns);

    private void Changed(CacheEvent change)
    {
        var (ns, name) = (change.Current.Namespace, change.Current.Name);
        var present = _byNamespace.GetValueOrDefault(ns) ?? ImmutableSortedDictionary<string, JsonObject>.Empty.WithComparers(StringComparer.Ordinal);
        var next = change.Type == CacheEventType.Deleted ? present.Remove(name) : present.SetItem(name, ObjectBytes.Parse(change.Current.Json));
        if (next.IsEmpty) _byNamespace.TryRemove(ns, out _);
        else _byNamespace[ns] = next;
    }
}
