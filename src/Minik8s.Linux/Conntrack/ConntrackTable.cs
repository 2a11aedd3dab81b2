using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Minik8s.Linux.Netlink;

namespace Minik8s.Linux.Conntrack;

/// <summary>
/// The kernel's table of flows. A UDP flow keeps its translation for as long as packets come, also to an address that is gone: such flows
/// have to be forgotten, so that their next packet is decided anew.
/// </summary>
public sealed class ConntrackTable : IDisposable
{
    private const ushort Get = 1 << 8 | 1; // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_GET
    private const ushort New = 1 << 8; // IPCTNL_MSG_CT_NEW
    private const ushort Delete = 1 << 8 | 2; // IPCTNL_MSG_CT_DELETE
    private const ushort Request = 0x1;
    private const ushort Acknowledge = 0x4;
    private const ushort Dump = 0x300;
    private const ushort OriginalTuple = 1, ReplyTuple = 2, Id = 12, Zone = 18; // CTA_*
    private const ushort TupleAddresses = 1, TupleProtocol = 2;
    private const ushort Source = 1, Destination = 2; // CTA_IP_V4_*
    private const ushort Number = 1, DestinationPort = 3; // CTA_PROTO_*
    private const byte Udp = 17;
    private const int NotFound = -2; // ENOENT

    private readonly Lock _lock = new();
    private readonly NetlinkSocket _socket = new(NetlinkSocket.Netfilter, 4 << 20);

    /// <summary>Forgets the IPv4 UDP flows that a test picks.</summary>
    /// <returns>How many they were.</returns>
    /// <exception cref="IOException">The kernel refused.</exception>
    public int ForgetUdp(Func<Flow, bool> stale)
    {
        lock (_lock)
        {
            var requests = StaleRequests(stale);
            foreach (var request in requests)
            {
                _socket.Send(request);
                // A flow may end by itself in the meantime.
                if (ReadAcknowledgement() is < 0 and not NotFound and var error) throw new IOException($"forgetting a flow failed: {Marshal.GetPInvokeErrorMessage(-error)}");
            }

            return requests.Count;
        }
    }

    public void Dispose() => _socket.Dispose();

    private List<byte[]> StaleRequests(Func<Flow, bool> stale)
    {
        _socket.Send(Message(Get, Request | Dump, []));
        var requests = new List<byte[]>();
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var received = buffer.AsSpan(0, _socket.Receive(buffer));
            foreach (var message in new NetlinkMessages(received))
            {
                if (message.Type == NetlinkMessage.Done) return requests;
                if (message.Type == NetlinkMessage.Error) throw new IOException($"listing the tracked flows failed: {Marshal.GetPInvokeErrorMessage(-MemoryMarshal.Read<int>(message.Payload))}");
                if (message.Type == New && Read(message.Payload[NetlinkSocket.NetfilterHeader..], out var flow, out var identity) && stale(flow)) requests.Add(Message(Delete, Request | Acknowledge, identity));
            }
        }
    }

    /// <summary>Takes a flow apart; false when it is none of IPv4 and UDP.</summary>
    private static bool Read(ReadOnlySpan<byte> attributes, out Flow flow, out byte[] identity)
    {
        IPAddress? destination = null, replySource = null;
        ushort port = 0;
        var udp = false;
        var whole = new List<byte>();
        foreach (var attribute in new NetlinkAttributes(attributes))
        {
            if (attribute.Type is OriginalTuple or Id or Zone) Append(whole, attribute.Whole);
            if (attribute.Type is not (OriginalTuple or ReplyTuple)) continue;
            foreach (var part in new NetlinkAttributes(attribute.Value))
            {
                foreach (var field in new NetlinkAttributes(part.Value))
                {
                    switch (attribute.Type, part.Type, field.Type)
                    {
                        case (OriginalTuple, TupleAddresses, Destination): destination = new IPAddress(field.Value); break;
                        case (ReplyTuple, TupleAddresses, Source): replySource = new IPAddress(field.Value); break;
                        case (OriginalTuple, TupleProtocol, Number): udp = field.Value[0] == Udp; break;
                        case (OriginalTuple, TupleProtocol, DestinationPort): port = BinaryPrimitives.ReadUInt16BigEndian(field.Value); break;
                    }
                }
            }
        }

        identity = [.. whole];
        flow = udp && destination is not null && replySource is not null ? new Flow(destination, port, replySource) : default;
        return flow != default;
    }

    private int ReadAcknowledgement()
    {
        var buffer = new byte[4096];
        while (true)
        {
            foreach (var message in new NetlinkMessages(buffer.AsSpan(0, _socket.Receive(buffer))))
            {
                if (message.Type == NetlinkMessage.Error) return MemoryMarshal.Read<int>(message.Payload);
            }
        }
    }

    private static void Append(List<byte> to, ReadOnlySpan<byte> attribute)
    {
        to.AddRange(attribute);
        while (to.Count % 4 != 0) to.Add(0);
    }

    private static byte[] Message(ushort type, int flags, byte[] attributes)
    {
        var message = new byte[NetlinkMessages.Header + NetlinkSocket.NetfilterHeader + attributes.Length];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), type);
        MemoryMarshal.Write(message.AsSpan(6), (ushort)flags);
        message[NetlinkMessages.Header] = NetlinkSocket.Inet;
        attributes.CopyTo(message, NetlinkMessages.Header + NetlinkSocket.NetfilterHeader);
        return message;
    }
}
