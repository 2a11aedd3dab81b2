namespace Minik8s.ApiServer.Watch;

/// <summary>
/// The watchers of one resource. Those that demand one value of a field (a name, a node) are found by it, so that a thousand kubelets that each watch their own pods
/// cost an event no more than one. Not thread-safe.
/// </summary>
internal sealed class WatcherSet
{
    private readonly HashSet<Watcher> _general = [];
    private readonly Dictionary<int, Dictionary<string, HashSet<Watcher>>> _byField = [];
    private readonly List<Watcher> _ended = [];

    public void Add(Watcher watcher)
    {
        if (watcher.Selector.Trigger is not var (field, value))
        {
            _general.Add(watcher);
            return;
        }

        if (!_byField.TryGetValue(field, out var values)) _byField[field] = values = new(StringComparer.Ordinal);
        if (!values.TryGetValue(value, out var watchers)) values[value] = watchers = [];
        watchers.Add(watcher);
    }

    public void Remove(Watcher watcher)
    {
        if (watcher.Selector.Trigger is not var (field, value))
        {
            _general.Remove(watcher);
            return;
        }

        if (!_byField.TryGetValue(field, out var values) || !values.TryGetValue(value, out var watchers) || !watchers.Remove(watcher)) return;
        if (watchers.Count == 0) values.Remove(value);
        if (values.Count == 0) _byField.Remove(field);
    }

    public void Offer(CacheEvent e)
    {
        Offer(_general, e);
        foreach (var (field, values) in _byField)
        {
            var now = ObjectSelector.ValueOf(e.Current, field);
            if (values.TryGetValue(now, out var watchers)) Offer(watchers, e);
            // Whoever watched the former value has to hear that the object has left.
            if (e.Previous is not null && ObjectSelector.ValueOf(e.Previous, field) is var before && before != now && values.TryGetValue(before, out watchers)) Offer(watchers, e);
        }

        foreach (var watcher in _ended) Remove(watcher);
        _ended.Clear();
    }

    public void CompleteAll()
    {
        foreach (var watcher in _general.Concat(_byField.Values.SelectMany(v => v.Values).SelectMany(w => w))) watcher.Complete();
        _general.Clear();
        _byField.Clear();
    }

    private void Offer(HashSet<Watcher> watchers, CacheEvent e)
    {
        foreach (var watcher in watchers)
        {
            if (!watcher.Offer(e)) _ended.Add(watcher);
        }
    }
}
