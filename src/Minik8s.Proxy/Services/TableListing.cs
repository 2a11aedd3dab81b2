namespace Minik8s.Proxy.Services;

/// <summary>The names in a table, as nft lists it.</summary>
internal sealed class TableListing
{
    public HashSet<string> Chains { get; } = [];

    public HashSet<string> Maps { get; } = [];

    public HashSet<string> Sets { get; } = [];

    public static TableListing Of(string listing)
    {
        var names = new TableListing();
        foreach (var line in listing.AsSpan().EnumerateLines())
        {
            // What is declared stands one step in, as "chain NAME {"; rules stand further in.
            if (!line.EndsWith(" {") || !line.StartsWith("\t") || line.StartsWith("\t\t")) continue;
            var words = line[1..^2].ToString().Split(' ');
            if (words.Length != 2) continue;
            switch (words[0])
            {
                case "chain": names.Chains.Add(words[1]); break;
                case "map": names.Maps.Add(words[1]); break;
                case "set": names.Sets.Add(words[1]); break;
            }
        }

        return names;
    }
}
