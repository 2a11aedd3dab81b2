namespace Minik8s.Linux.Nftables;

/// <summary>Changes and reads the packet rules of one network namespace.</summary>
public interface INftables : IDisposable
{
    /// <summary>Runs commands of the nft language as one transaction: all of them take effect at one moment, or none does.</summary>
    /// <returns>What listing commands print.</returns>
    /// <exception cref="NftablesException">They were refused.</exception>
    string Run(string commands);
}
