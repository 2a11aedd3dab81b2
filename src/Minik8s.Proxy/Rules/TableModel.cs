using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Rules;

/// <summary>What the table shall hold: the sum of what all services want. A change of one service costs what that service has.</summary>
internal sealed class TableModel
{
    private readonly Dictionary<ObjectKey, (FrontendOwner Owner, ServiceRules Rules)> _services = [];
    private readonly Dictionary<string, SortedList<FrontendOwner, List<KeyValuePair<TableItem, string>>>> _frontends = [];
    private readonly Dictionary<TableItem, (string Value, int Users)> _items = [];

    /// <summary>Everything, with its values.</summary>
    public IEnumerable<(TableItem Item, string Value)> Items => _items.Select(i => (i.Key, i.Value.Value));

    /// <summary>The services with rules.</summary>
    public IReadOnlyCollection<ObjectKey> Services => _services.Keys;

    /// <summary>What a service has; null: nothing.</summary>
    public ServiceRules? Of(ObjectKey service) => _services.TryGetValue(service, out var present) ? present.Rules : null;

    /// <summary>Replaces what a service wants, and notes what differs.</summary>
    public void Set(FrontendOwner owner, ServiceRules rules, TableChange change)
    {
        Remove(owner.Service, change);
        _services.Add(owner.Service, (owner, rules));
        foreach (var (item, value) in rules.Shared) Acquire(item, value, change);
        foreach (var (key, items) in rules.Frontends)
        {
            if (!_frontends.TryGetValue(key, out var wanted)) _frontends.Add(key, wanted = []);
            var holder = wanted.Count > 0 ? wanted.Values[0] : null;
            wanted.Add(owner, items);
            if (!ReferenceEquals(wanted.Values[0], holder)) Pass(holder, wanted.Values[0], change);
        }
    }

    /// <summary>Takes away what a service has, and notes what differs.</summary>
    public void Remove(ObjectKey service, TableChange change)
    {
        if (!_services.Remove(service, out var present)) return;
        foreach (var (key, items) in present.Rules.Frontends)
        {
            var wanted = _frontends[key];
            var held = ReferenceEquals(wanted.Values[0], items);
            wanted.Remove(present.Owner);
            if (held) Pass(items, wanted.Count > 0 ? wanted.Values[0] : null, change);
            if (wanted.Count == 0) _frontends.Remove(key);
        }

        foreach (var item in present.Rules.Shared.Keys) Release(item, change);
    }

    private void Pass(List<KeyValuePair<TableItem, string>>? from, List<KeyValuePair<TableItem, string>>? to, TableChange change)
    {
        foreach (var (item, _) in from ?? []) Release(item, change);
        foreach (var (item, value) in to ?? []) Acquire(item, value, change);
    }

    private void Acquire(TableItem item, string value, TableChange change)
    {
        // Shared things are worked out from their names: whoever wants them wants the same.
        var users = _items.TryGetValue(item, out var present) ? present.Users : 0;
        if (users == 0) change.Record(item, null, value);
        _items[item] = (value, users + 1);
    }

    private void Release(TableItem item, TableChange change)
    {
        var (value, users) = _items[item];
        if (users > 1)
        {
            _items[item] = (value, users - 1);
            return;
        }

        _items.Remove(item);
        change.Record(item, value, null);
    }
}
