namespace Minik8s.Proxy.Rules;

/// <summary>What differs between two states of the table: for each thing its value before and after; null: it is not there.</summary>
internal sealed class TableChange
{
    private readonly Dictionary<TableItem, (string? Old, string? New)> _items = [];

    public bool IsEmpty => _items.Values.All(i => i.Old == i.New);

    /// <summary>The things that differ in the end, whatever happened in between.</summary>
    public IEnumerable<(TableItem Item, string? Old, string? New)> Items => _items.Where(i => i.Value.Old != i.Value.New).Select(i => (i.Key, i.Value.Old, i.Value.New));

    public void Record(TableItem item, string? old, string? now) => _items[item] = (_items.TryGetValue(item, out var first) ? first.Old : old, now);
}
