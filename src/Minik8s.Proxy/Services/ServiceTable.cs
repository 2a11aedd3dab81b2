using System.Net;
using Microsoft.Extensions.Logging;
using Minik8s.Linux.Nftables;
using Minik8s.Proxy.Rules;

namespace Minik8s.Proxy.Services;

/// <summary>The table in the kernel.</summary>
/// <param name="name">Its name.</param>
/// <param name="pods">The range of all pods.</param>
/// <param name="nftables">The way to the kernel.</param>
/// <param name="logger">Where it tells what it cannot do.</param>
internal sealed class ServiceTable(string name, IPNetwork pods, INftables nftables, ILogger logger)
{
    /// <summary>
    /// Chains without rules that nothing leads to. They are deleted by a later transaction: kernels before 6.2 notice only a moment after the
    /// deletion of a map's element that its chain is free.
    /// </summary>
    private readonly HashSet<string> _emptied = [];

    public string Name => name;

    /// <summary>Whether there are chains for <see cref="DeleteEmptiedChains"/>.</summary>
    public bool HasEmptiedChains => _emptied.Count > 0;

    /// <summary>Makes the table hold just this, whatever it holds now, in one transaction. The clients that sticky endpoints remember are kept.</summary>
    /// <exception cref="NftablesException">The kernel refused.</exception>
    public void Write(TableModel model)
    {
        try
        {
            Replace(model);
        }
        catch (NftablesException e)
        {
            // Things of the same name and another type, for instance of another version of this program.
            ProxyLog.Replaced(logger, name, e.Message);
            nftables.Run(Content(new TableScript(name).Append($"table ip {name}\ndelete table ip {name}\n"), model).ToString());
            _emptied.Clear();
        }
    }

    /// <summary>Writes a difference, in one transaction.</summary>
    /// <exception cref="NftablesException">The kernel refused: the table was not as thought.</exception>
    public void Apply(TableChange change)
    {
        var script = new TableScript(name).Append(change);
        nftables.Run(script.ToString());
        foreach (var (item, _, now) in change.Items)
        {
            if (item.Kind == TableItemKind.Chain && now is not null) _emptied.Remove(item.Container);
        }

        _emptied.UnionWith(script.EmptiedChains);
    }

    /// <summary>Deletes what <see cref="Apply"/> and <see cref="Write"/> have left empty.</summary>
    public void DeleteEmptiedChains()
    {
        try
        {
            nftables.Run(string.Concat(_emptied.Select(c => $"delete chain ip {name} {c}\n")));
        }
        catch (NftablesException e)
        {
            ProxyLog.ChainsInUse(logger, e.Message);
        }

        _emptied.Clear();
    }

    /// <summary>Whether the table and its fixed chains are there.</summary>
    public bool IsWhole()
    {
        try
        {
            var present = TableListing.Of(nftables.Run($"list table ip {name}\n"));
            return TableSkeleton.Chains.IsSubsetOf(present.Chains);
        }
        catch (NftablesException)
        {
            // nft's answer where there is no such table.
            return false;
        }
    }

    /// <summary>Removes a table, if it is there.</summary>
    public static Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        // Naming a table makes it, so that its deletion cannot fail for its absence.
        NftablesConnection.RunAsync($"table ip {name}\ndelete table ip {name}\n", cancellationToken);

    private void Replace(TableModel model)
    {
        var present = TableListing.Of(nftables.Run($"table ip {name}\nlist table ip {name}\n"));
        var wanted = model.Items.Select(i => i.Item).ToHashSet();
        var script = new TableScript(name).Append(TableSkeleton.Declarations(name)).Append($"flush table ip {name}\n");
        foreach (var map in TableSkeleton.Maps) script.Append($"flush map ip {name} {map}\n");
        foreach (var set in TableSkeleton.Sets) script.Append($"flush set ip {name} {set}\n");
        foreach (var map in present.Maps.Except(TableSkeleton.Maps)) script.Append($"{(wanted.Contains(TableItem.Map(map)) ? "flush" : "delete")} map ip {name} {map}\n");
        foreach (var set in present.Sets.Except(TableSkeleton.Sets).Where(s => !wanted.Contains(TableItem.DynamicSet(s)))) script.Append($"delete set ip {name} {set}\n");
        nftables.Run(Rules(script, model).ToString());
        _emptied.Clear();
        _emptied.UnionWith(present.Chains.Except(TableSkeleton.Chains).Where(c => !wanted.Contains(TableItem.Chain(c))));
    }

    private TableScript Content(TableScript script, TableModel model) => Rules(script.Append(TableSkeleton.Declarations(name)), model);

    private TableScript Rules(TableScript script, TableModel model)
    {
        var all = new TableChange();
        foreach (var (item, value) in model.Items) all.Record(item, null, value);
        return script.Append(TableSkeleton.Rules(name, pods)).Append(all);
    }
}
