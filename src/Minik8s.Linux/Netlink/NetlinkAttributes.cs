using System.Runtime.InteropServices;

namespace Minik8s.Linux.Netlink;

/// <summary>The attributes in the payload of a message or inside another attribute.</summary>
internal ref struct NetlinkAttributes(ReadOnlySpan<byte> buffer)
{
    /// <summary>The length of <c>struct nlattr</c>.</summary>
    public const int Header = 4;

    /// <summary>The type without the flags NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    private const ushort TypeMask = 0x3fff;

    private ReadOnlySpan<byte> _rest = buffer;

    public NetlinkAttribute Current { get; private set; }

    public readonly NetlinkAttributes GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_rest.Length < Header) return false;
        var length = MemoryMarshal.Read<ushort>(_rest);
        if (length < Header || length > _rest.Length) return false;
        Current = new NetlinkAttribute((ushort)(MemoryMarshal.Read<ushort>(_rest[2..]) & TypeMask), _rest[Header..length], _rest[..length]);
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }
}

/// <summary>One attribute.</summary>
internal readonly ref struct NetlinkAttribute(ushort type, ReadOnlySpan<byte> value, ReadOnlySpan<byte> whole)
{
    public ushort Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>The attribute with its header, to be sent back as it came.</summary>
    public ReadOnlySpan<byte> Whole { get; } = whole;
}
