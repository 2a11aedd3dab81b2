using System.Buffers.Binary;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>Lays out control frames as they go over the wire.</summary>
internal static class SpdyFrames
{
    /// <summary>Opens a stream; the header block is compressed already.</summary>
    public static byte[] SynStream(uint streamId, SpdyFlags flags, ReadOnlySpan<byte> headerBlock)
    {
        var frame = Control(SpdyFrameType.SynStream, flags, 10 + headerBlock.Length);
        var payload = frame.AsSpan(SpdyFrameHeader.Size);
        BinaryPrimitives.WriteUInt32BigEndian(payload, streamId);
        // Associated stream, priority and slot are all zero.
        headerBlock.CopyTo(payload[10..]);
        return frame;
    }

    /// <summary>Accepts a stream.</summary>
    public static byte[] SynReply(uint streamId, SpdyFlags flags, ReadOnlySpan<byte> headerBlock)
    {
        var frame = Control(SpdyFrameType.SynReply, flags, 4 + headerBlock.Length);
        BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(SpdyFrameHeader.Size), streamId);
        headerBlock.CopyTo(frame.AsSpan(SpdyFrameHeader.Size + 4));
        return frame;
    }

    public static byte[] RstStream(uint streamId, SpdyStatus status) => Words(SpdyFrameType.RstStream, streamId, (uint)status);

    public static byte[] Ping(uint id) => Words(SpdyFrameType.Ping, id);

    /// <summary>Ends a session in good order.</summary>
    public static byte[] GoAway(uint lastGoodStreamId) => Words(SpdyFrameType.GoAway, lastGoodStreamId, 0);

    private static byte[] Words(SpdyFrameType type, params ReadOnlySpan<uint> words)
    {
        var frame = Control(type, SpdyFlags.None, words.Length * 4);
        for (var i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32BigEndian(frame.AsSpan(SpdyFrameHeader.Size + i * 4), words[i]);
        return frame;
    }

    private static byte[] Control(SpdyFrameType type, SpdyFlags flags, int length)
    {
        if (length > SpdyFrameHeader.MaxLength) throw new ArgumentException($"A frame of {length} bytes is longer than SPDY allows.", nameof(length));
        var frame = new byte[SpdyFrameHeader.Size + length];
        SpdyFrameHeader.WriteControl(frame, type, flags, length);
        return frame;
    }
}
