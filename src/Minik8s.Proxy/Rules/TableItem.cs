namespace Minik8s.Proxy.Rules;

/// <summary>Names one thing in the table.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Container">The name of the map, set or chain.</param>
/// <param name="Key">An element's key, as nftables writes it; empty for others.</param>
internal readonly record struct TableItem(TableItemKind Kind, string Container, string Key)
{
    public static TableItem Element(string container, string key) => new(TableItemKind.Element, container, key);

    public static TableItem Chain(string name) => new(TableItemKind.Chain, name, "");

    public static TableItem Map(string name) => new(TableItemKind.Map, name, "");

    public static TableItem DynamicSet(string name) => new(TableItemKind.DynamicSet, name, "");
}
