using System.Buffers.Binary;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>The first eight bytes of every frame.</summary>
internal readonly record struct SpdyFrameHeader(bool IsControl, int Version, SpdyFrameType Type, uint StreamId, SpdyFlags Flags, int Length)
{
    public const int Size = 8;
    public const int ProtocolVersion = 3;
    public const int MaxLength = 0xffffff;

    public static SpdyFrameHeader Read(ReadOnlySpan<byte> bytes)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var second = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var control = (first & 0x80000000) != 0;
        return new(
            control,
            control ? (int)(first >> 16 & 0x7fff) : ProtocolVersion,
            control ? (SpdyFrameType)(ushort)first : 0,
            control ? 0 : first,
            (SpdyFlags)(byte)(second >> 24),
            (int)(second & MaxLength));
    }

    public static void WriteControl(Span<byte> to, SpdyFrameType type, SpdyFlags flags, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, 0x80000000 | (uint)ProtocolVersion << 16 | (ushort)type);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], (uint)flags << 24 | (uint)length);
    }

    public static void WriteData(Span<byte> to, uint streamId, SpdyFlags flags, int length)
    {
        BinaryPrimitives.WriteUInt32BigEndian(to, streamId);
        BinaryPrimitives.WriteUInt32BigEndian(to[4..], (uint)flags << 24 | (uint)length);
    }
}
