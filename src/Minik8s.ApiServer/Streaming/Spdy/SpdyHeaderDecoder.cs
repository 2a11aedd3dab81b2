using System.Buffers.Binary;
using System.Text;
using ICSharpCode.SharpZipLib;
using ICSharpCode.SharpZipLib.Zip.Compression;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>Reads header blocks: one zlib stream a direction, so every block must pass through here in order, wanted or not.</summary>
internal sealed class SpdyHeaderDecoder
{
    /// <summary>More than any peer sends in good faith, and a bound on what a small compressed block can blow up to.</summary>
    private const int MaxPlainLength = 64 * 1024;

    private readonly Inflater _inflater = new();
    private readonly byte[] _plain = new byte[MaxPlainLength];

    /// <summary>Decodes one block. Several values of one name are joined with NUL, as on the wire.</summary>
    /// <exception cref="SpdyException">The block is malformed or too long; the connection cannot go on.</exception>
    public Dictionary<string, string> Decode(byte[] block)
    {
        var plain = Inflate(block);
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var count = ReadInt32(ref plain);
        for (var i = 0; i < count; i++)
        {
            var name = ReadText(ref plain);
            var value = ReadText(ref plain);
            if (name.Length == 0 || !headers.TryAdd(name, value)) throw new SpdyException("A SPDY header block has an empty name or one name twice.");
        }

        return headers;
    }

    private static int ReadInt32(ref ReadOnlySpan<byte> from)
    {
        if (from.Length < 4) throw new SpdyException("A SPDY header block is cut short.");
        var value = BinaryPrimitives.ReadInt32BigEndian(from);
        from = from[4..];
        return value;
    }

    private static string ReadText(ref ReadOnlySpan<byte> from)
    {
        var length = ReadInt32(ref from);
        if (length < 0 || length > from.Length) throw new SpdyException("A SPDY header block is cut short.");
        var text = Encoding.Latin1.GetString(from[..length]);
        from = from[length..];
        return text;
    }

    private ReadOnlySpan<byte> Inflate(byte[] block)
    {
        try
        {
            _inflater.SetInput(block);
            var length = 0;
            while (true)
            {
                if (length == _plain.Length) throw new SpdyException($"A SPDY header block is longer than {MaxPlainLength} bytes.");
                var read = _inflater.Inflate(_plain, length, _plain.Length - length);
                length += read;
                if (read > 0) continue;
                if (!_inflater.IsNeedingDictionary) return _plain.AsSpan(0, length);
                _inflater.SetDictionary(SpdyDictionary.Bytes);
            }
        }
        // On malformed input the library also runs over the ends of its tables.
        catch (Exception e) when (e is SharpZipBaseException or InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            throw new SpdyException($"A SPDY header block cannot be decompressed: {e.Message}", e);
        }
    }
}
