using System.Text;

namespace Minik8s.Proxy.Rules;

/// <summary>Writes changes as commands of nft. They form one transaction, so no packet meets a state in between.</summary>
internal sealed class TableScript(string table)
{
    private readonly StringBuilder _text = new();

    /// <summary>The chains that the commands have emptied and that can be deleted later.</summary>
    public List<string> EmptiedChains { get; } = [];

    public override string ToString() => _text.ToString();

    /// <summary>Adds commands of one's own.</summary>
    public TableScript Append(string commands)
    {
        _text.Append(commands);
        return this;
    }

    /// <summary>Adds the commands for a change. What is referred to is there before the reference, and goes after it.</summary>
    public TableScript Append(TableChange change)
    {
        var items = change.Items.ToLookup(i => i.Item.Kind);
        foreach (var (item, _, now) in items[TableItemKind.Map].Where(i => i.New is not null)) Line($"add map ip {table} {item.Container} {{ {now} }}");
        foreach (var (item, _, now) in items[TableItemKind.DynamicSet].Where(i => i.New is not null)) Line($"add set ip {table} {item.Container} {{ {now} }}");
        var chains = items[TableItemKind.Chain].ToList();
        foreach (var (item, _, now) in chains.Where(i => i.New is not null)) EmptyChain(item.Container, create: true);
        var elements = items[TableItemKind.Element].ToList();
        Elements("delete", elements.Where(e => e.Old is not null).Select(e => (e.Item, "")));
        foreach (var (item, _, now) in chains.Where(i => i.New is not null)) Rules(item.Container, now!);
        Elements("add", elements.Where(e => e.New is not null).Select(e => (e.Item, e.New!)));
        foreach (var (item, _, _) in chains.Where(i => i.New is null))
        {
            EmptyChain(item.Container, create: false);
            EmptiedChains.Add(item.Container);
        }

        foreach (var (item, _, _) in items[TableItemKind.Map].Where(i => i.New is null)) Line($"delete map ip {table} {item.Container}");
        foreach (var (item, _, _) in items[TableItemKind.DynamicSet].Where(i => i.New is null)) Line($"delete set ip {table} {item.Container}");
        return this;
    }

    private void EmptyChain(string name, bool create)
    {
        if (create) Line($"add chain ip {table} {name}");
        Line($"flush chain ip {table} {name}");
    }

    private void Rules(string chain, string rules)
    {
        foreach (var rule in rules.Split('\n')) Line($"add rule ip {table} {chain} {rule}");
    }

    private void Elements(string verb, IEnumerable<(TableItem Item, string Value)> elements)
    {
        foreach (var container in elements.GroupBy(e => e.Item.Container))
        {
            _text.Append(verb).Append(" element ip ").Append(table).Append(' ').Append(container.Key).Append(" { ");
            var first = true;
            foreach (var (item, value) in container)
            {
                if (!first) _text.Append(", ");
                first = false;
                _text.Append(item.Key);
                if (value.Length > 0) _text.Append(" : ").Append(value);
            }

            _text.Append(" }\n");
        }
    }

    private void Line(string line) => _text.Append(line).Append('\n');
}
