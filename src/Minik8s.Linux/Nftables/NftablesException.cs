namespace Minik8s.Linux.Nftables;

/// <summary>The kernel or nft refused commands; the message is nft's own.</summary>
public sealed class NftablesException(string message) : IOException(message);
