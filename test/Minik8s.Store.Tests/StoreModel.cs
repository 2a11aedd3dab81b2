using System.Text;

namespace Minik8s.Store.Tests;

/// <summary>The store as a few lines of obvious code: what random histories are compared with.</summary>
internal sealed class StoreModel(long revision)
{
    private readonly List<ModelEvent> _events = [];
    private readonly SortedDictionary<string, ModelKey> _keys = new(StringComparer.Ordinal);
    private readonly Dictionary<long, List<ModelKey>> _states = new() { [revision] = [] };

    public long Revision { get; private set; } = revision;

    public long Floor { get; set; }

    public IReadOnlyList<ModelEvent> Events => _events;

    public ModelKey? Get(string key) => _keys.GetValueOrDefault(key);

    public List<ModelKey> At(long at) => _states[at];

    /// <summary>The outcome that the store has to give.</summary>
    public (bool Succeeded, long Revision, ModelKey? Current) Write(string key, string? value, long? expected, DateTimeOffset? expires)
    {
        var current = Get(key);
        if (expected is { } e && e != (current?.Modified ?? 0)) return (false, Revision, current);
        if (value is null && current is null) return (true, Revision, null);
        Revision++;
        var created = current?.Created ?? Revision;
        _events.Add(new(Revision, key, value, created, current?.Value));
        if (value is null) _keys.Remove(key);
        else _keys[key] = new(key, value, created, Revision, (current?.Version ?? 0) + 1, expires);
        _states[Revision] = [.. _keys.Values];
        return (true, Revision, current);
    }

    /// <summary>Deletes what has expired, as the store does: by time, then by key.</summary>
    public void Expire(DateTimeOffset now)
    {
        foreach (var key in _keys.Values.Where(k => k.Expires <= now).OrderBy(k => k.Expires).ThenBy(k => k.Key, StringComparer.Ordinal).ToList())
        {
            Write(key.Key, null, null, null);
        }
    }
}

internal sealed record ModelKey(string Key, string Value, long Created, long Modified, long Version, DateTimeOffset? Expires)
{
    public static ModelKey? From(KeyValue? item) => item is null ? null : new(item.Key, Encoding.UTF8.GetString(item.Value.Span), item.CreateRevision, item.ModRevision, item.Version, null);
}

internal sealed record ModelEvent(long Revision, string Key, string? Value, long Created, string? Previous)
{
    public static ModelEvent From(StoreEvent e) =>
        new(e.Revision, e.Key, e.Type == StoreEventType.Delete ? null : e.Value.Text(), e.CreateRevision, e.PreviousValue.Text());
}
