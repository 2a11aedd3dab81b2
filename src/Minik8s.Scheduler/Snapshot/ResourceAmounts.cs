using k8s.Models;

namespace Minik8s.Scheduler.Snapshot;

/// <summary>Amounts of resources: cpu in thousandths of a core, everything else in whole units.</summary>
internal sealed class ResourceAmounts
{
    public const string Cpu = "cpu";
    public const string Pods = "pods";

    private readonly Dictionary<string, long> _amounts = [];

    /// <summary>The amount of a resource, 0 where there is none.</summary>
    public long this[string resource] => _amounts.GetValueOrDefault(resource);

    public IEnumerable<KeyValuePair<string, long>> All => _amounts;

    public static ResourceAmounts From(IDictionary<string, ResourceQuantity>? quantities)
    {
        var result = new ResourceAmounts();
        if (quantities is null) return result;
        foreach (var (name, quantity) in quantities) result._amounts[name] = Units(name, quantity);
        return result;
    }

    public void Add(ResourceAmounts other)
    {
        foreach (var (name, amount) in other._amounts) _amounts[name] = this[name] + amount;
    }

    public void Subtract(ResourceAmounts other)
    {
        foreach (var (name, amount) in other._amounts)
        {
            var left = this[name] - amount;
            if (left == 0) _amounts.Remove(name);
            else _amounts[name] = left;
        }
    }

    public void Set(string name, long amount) => _amounts[name] = amount;

    public void RaiseTo(ResourceAmounts other)
    {
        foreach (var (name, amount) in other._amounts) _amounts[name] = Math.Max(this[name], amount);
    }

    public ResourceAmounts Copy()
    {
        var copy = new ResourceAmounts();
        copy.Add(this);
        return copy;
    }

    private static long Units(string name, ResourceQuantity quantity)
    {
        // Rounded up, as Quantity.MilliValue and Quantity.Value are.
        var value = decimal.Ceiling(name == Cpu ? quantity.ToDecimal() * 1000 : quantity.ToDecimal());
        return (long)Math.Clamp(value, 0, long.MaxValue);
    }
}
