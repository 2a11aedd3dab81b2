namespace Minik8s.Linux.Nftables;

/// <summary>What others did to a table.</summary>
public enum NftablesEvent
{
    /// <summary>Another process changed the table, or deleted it.</summary>
    Changed,

    /// <summary>The kernel had more to tell than the socket holds: something may have changed.</summary>
    Missed,
}
