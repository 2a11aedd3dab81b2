using System.Runtime.InteropServices;

namespace Minik8s.Linux.Netlink;

/// <summary>The messages in a buffer that was received from the kernel.</summary>
internal ref struct NetlinkMessages(ReadOnlySpan<byte> buffer)
{
    /// <summary>The length of <c>struct nlmsghdr</c>.</summary>
    public const int Header = 16;

    private ReadOnlySpan<byte> _rest = buffer;

    public NetlinkMessage Current { get; private set; }

    public readonly NetlinkMessages GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < Header) return false;
        var length = MemoryMarshal.Read<int>(_rest);
        if (length < Header || length > _rest.Length) return false;
        Current = new NetlinkMessage(MemoryMarshal.Read<ushort>(_rest[4..]), _rest[Header..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}

/// <summary>A message without its header.</summary>
internal readonly ref struct NetlinkMessage(ushort type, ReadOnlySpan<byte> payload)
{
    /// <summary>NLMSG_ERROR: the answer to a request; its payload begins with 0 or a negative error number.</summary>
    public const ushort Error = 2;

    /// <summary>NLMSG_DONE: the end of a listing.</summary>
    public const ushort Done = 3;

    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Payload { get; } = payload;
}
