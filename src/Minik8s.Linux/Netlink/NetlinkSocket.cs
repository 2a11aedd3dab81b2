using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Minik8s.Linux.Netlink;

/// <summary>A socket to the kernel (netlink(7)) in the network namespace of the thread that makes it.</summary>
internal sealed partial class NetlinkSocket : IDisposable
{
    /// <summary>NETLINK_NETFILTER</summary>
    public const int Netfilter = 12;

    /// <summary>AF_INET, as messages of netfilter name it.</summary>
    public const byte Inet = 2;

    /// <summary>The length of <c>struct nfgenmsg</c>, with which each message of netfilter begins.</summary>
    public const int NetfilterHeader = 4;

    private const int Family = 16; // AF_NETLINK
    private const int RawCloseOnExec = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
    private const int SocketLevel = 1; // SOL_SOCKET
    private const int ForceReceiveBuffer = 33; // SO_RCVBUFFORCE
    private const int NetlinkLevel = 270; // SOL_NETLINK
    private const int AddMembership = 1; // NETLINK_ADD_MEMBERSHIP

    private readonly Socket _socket;

    /// <param name="protocol">Which part of the kernel, such as <see cref="Netfilter"/>.</param>
    /// <param name="receiveBuffer">How many bytes the kernel keeps until they are read; 0: its default.</param>
    public NetlinkSocket(int protocol, int receiveBuffer = 0)
    {
        var descriptor = Open(Family, RawCloseOnExec, protocol);
        if (descriptor < 0) throw Failure("socket");
        _socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        var address = new Address { Family = Family };
        if (Bind(descriptor, in address, Marshal.SizeOf<Address>()) != 0) throw Failure("bind");
        if (receiveBuffer > 0 && SetOption(descriptor, SocketLevel, ForceReceiveBuffer, in receiveBuffer, sizeof(int)) != 0) throw Failure("SO_RCVBUFFORCE");
    }

    /// <summary>Joins a group of those that hear of changes.</summary>
    public void Join(int group)
    {
        if (SetOption((int)_socket.Handle, NetlinkLevel, AddMembership, in group, sizeof(int)) != 0) throw Failure("NETLINK_ADD_MEMBERSHIP");
    }

    public void Send(ReadOnlySpan<byte> message) => _socket.Send(message);

    /// <summary>Waits for the next messages; the kernel answers requests at once.</summary>
    public int Receive(Span<byte> buffer) => _socket.Receive(buffer);

    /// <returns>How many bytes were received; null when some were lost because they were not read in time.</returns>
    public async ValueTask<int?> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.NoBufferSpaceAvailable)
        {
            return null;
        }
    }

    public void Dispose() => _socket.Dispose();

    private static SocketException Failure(string call) => new(Marshal.GetLastPInvokeError(), $"netlink: {call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Open(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int descriptor, in Address address, int length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetOption(int descriptor, int level, int name, in int value, int length);

    /// <summary><c>struct sockaddr_nl</c>; a port of 0 lets the kernel choose.</summary>
    private struct Address
    {
        public ushort Family;
        public ushort Padding;
        public uint Port;
        public uint Groups;
    }
}
