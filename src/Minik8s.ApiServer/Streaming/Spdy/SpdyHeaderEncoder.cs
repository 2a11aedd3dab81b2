using System.Buffers.Binary;
using System.Text;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>
/// Writes header blocks. The format asks for one zlib stream a direction with a flush after each block; it leaves the compression level open, so
/// blocks are stored uncompressed: they are a few dozen bytes, once a stream.
/// </summary>
internal sealed class SpdyHeaderEncoder
{
    private const int LargestStored = 0xffff;
    private bool _started;

    /// <summary>Encodes one block. Names are lower-cased, as the format demands.</summary>
    public byte[] Encode(IReadOnlyCollection<KeyValuePair<string, string>> headers)
    {
        var plain = new MemoryStream();
        WriteInt32(plain, headers.Count);
        foreach (var (name, value) in headers)
        {
            WriteText(plain, name.ToLowerInvariant());
            WriteText(plain, value);
        }

        var output = new MemoryStream();
        if (!_started)
        {
            // RFC 1950: deflate with a 32 KiB window, preset dictionary, fastest level; then which dictionary.
            _started = true;
            output.Write([0x78, 0x20]);
            WriteInt32(output, unchecked((int)SpdyDictionary.Id));
        }

        for (var rest = plain.GetBuffer().AsMemory(0, (int)plain.Length); rest.Length > 0;)
        {
            var part = rest[..Math.Min(rest.Length, LargestStored)];
            WriteStored(output, part.Span);
            rest = rest[part.Length..];
        }

        // The empty stored block by which a sync flush ends, and at which Go's inflater hands over what it has.
        WriteStored(output, []);
        return output.ToArray();
    }

    /// <summary>RFC 1951, 3.2.4: not the last block, type 0, length and its complement in little-endian order.</summary>
    private static void WriteStored(MemoryStream output, ReadOnlySpan<byte> data)
    {
        Span<byte> head = stackalloc byte[5];
        head[0] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(head[1..], (ushort)data.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(head[3..], (ushort)~data.Length);
        output.Write(head);
        output.Write(data);
    }

    private static void WriteText(MemoryStream to, string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        WriteInt32(to, bytes.Length);
        to.Write(bytes);
    }

    private static void WriteInt32(MemoryStream to, int value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        to.Write(bytes);
    }
}
