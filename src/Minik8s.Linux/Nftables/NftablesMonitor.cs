using System.Buffers.Binary;
using System.Text;
using Minik8s.Linux.Netlink;

namespace Minik8s.Linux.Nftables;

/// <summary>Hears from the kernel when another process changes a table, without polling.</summary>
public sealed class NftablesMonitor : IDisposable
{
    private const int Group = 7; // NFNLGRP_NFTABLES
    private const int Subsystem = 10; // NFNL_SUBSYS_NFTABLES
    private const int NewGeneration = 15; // NFT_MSG_NEWGEN: the end of a transaction
    private const ushort TableAttribute = 1; // NFTA_TABLE_NAME, NFTA_CHAIN_TABLE, NFTA_RULE_TABLE, NFTA_SET_TABLE, NFTA_SET_ELEM_LIST_TABLE
    private const ushort AuthorAttribute = 2; // NFTA_GEN_PROC_PID

    /// <summary>A transaction of ours tells us of each of its elements; the kernel keeps them until they are read.</summary>
    private const int ReceiveBuffer = 16 << 20;

    private readonly NetlinkSocket _socket;
    private readonly byte[] _table;

    /// <param name="table">The name of the table in the family <c>ip</c>, in the network namespace of the calling thread.</param>
    public NftablesMonitor(string table)
    {
        _table = Encoding.ASCII.GetBytes(table);
        _socket = new NetlinkSocket(NetlinkSocket.Netfilter, ReceiveBuffer);
        _socket.Join(Group);
    }

    /// <summary>Tells every event until cancelled.</summary>
    public async Task RunAsync(Action<NftablesEvent> changed, CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        var touched = false;
        while (true)
        {
            var length = await _socket.ReceiveAsync(buffer, cancellationToken);
            if (length is not { } received)
            {
                touched = false;
                changed(NftablesEvent.Missed);
                continue;
            }

            if (Read(buffer.AsSpan(0, received), ref touched)) changed(NftablesEvent.Changed);
        }
    }

    public void Dispose() => _socket.Dispose();

    /// <returns>Whether a foreign transaction that touched the table ends here.</returns>
    private bool Read(ReadOnlySpan<byte> messages, ref bool touched)
    {
        var foreign = false;
        foreach (var message in new NetlinkMessages(messages))
        {
            if (message.Type >> 8 != Subsystem || message.Payload.Length < NetlinkSocket.NetfilterHeader) continue;
            var family = message.Payload[0];
            var attributes = message.Payload[NetlinkSocket.NetfilterHeader..];
            if ((message.Type & 0xff) == NewGeneration)
            {
                foreign |= touched && !(Find(attributes, AuthorAttribute) is { Length: 4 } author && NftablesConnection.IsOwn(BinaryPrimitives.ReadInt32BigEndian(author)));
                touched = false;
            }
            else if (!touched && family == NetlinkSocket.Inet)
            {
                touched = Find(attributes, TableAttribute).TrimEnd((byte)0).SequenceEqual(_table);
            }
        }

        return foreign;
    }

    private static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort type)
    {
        foreach (var attribute in new NetlinkAttributes(attributes))
        {
            if (attribute.Type == type) return attribute.Value;
        }

        return [];
    }
}
