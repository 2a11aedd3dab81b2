namespace Minik8s.ControlLoop;

/// <summary>The most recently used entries of a mapping, up to a number.</summary>
internal sealed class BoundedCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _entries = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();

    public int Count => _entries.Count;

    public bool TryGet(TKey key, out TValue value)
    {
        if (_entries.TryGetValue(key, out var node))
        {
            _order.Remove(node);
            _order.AddFirst(node);
            value = node.Value.Value;
            return true;
        }

        value = default!;
        return false;
    }

    public void Set(TKey key, TValue value)
    {
        if (_entries.Remove(key, out var former)) _order.Remove(former);
        _entries[key] = _order.AddFirst((key, value));
        if (_entries.Count <= capacity) return;
        _entries.Remove(_order.Last!.Value.Key);
        _order.RemoveLast();
    }
}
