using System.Text;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Writes protobuf's wire format. A nested message is written in place and moved by the size of its length when it ends.</summary>
internal sealed class ProtobufBuffer
{
    private const int LengthDelimited = 2;

    private byte[] _bytes = new byte[1 << 20];
    private int _length;

    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    public void Text(int field, string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        Tag(field, LengthDelimited);
        Varint((ulong)Encoding.UTF8.GetByteCount(value));
        Reserve(Encoding.UTF8.GetMaxByteCount(value.Length));
        _length += Encoding.UTF8.GetBytes(value, _bytes.AsSpan(_length));
    }

    public void Flag(int field, bool value)
    {
        if (!value) return;
        Tag(field, 0);
        Varint(1);
    }

    public void Number(int field, long value)
    {
        if (value == 0) return;
        Tag(field, 0);
        Varint((ulong)value);
    }

    public void Number(int field, double value)
    {
        if (value == 0) return;
        Tag(field, 1);
        Reserve(8);
        System.Buffers.Binary.BinaryPrimitives.WriteDoubleLittleEndian(_bytes.AsSpan(_length), value);
        _length += 8;
    }

    /// <summary>Begins a message; what is written until <see cref="End"/> is its content.</summary>
    public int Begin(int field)
    {
        Tag(field, LengthDelimited);
        return _length;
    }

    public void End(int start)
    {
        var size = _length - start;
        Varint((ulong)size);
        Span<byte> prefix = stackalloc byte[10];
        var width = _length - start - size;
        _bytes.AsSpan(start + size, width).CopyTo(prefix);
        _bytes.AsSpan(start, size).CopyTo(_bytes.AsSpan(start + width));
        prefix[..width].CopyTo(_bytes.AsSpan(start));
    }

    private void Tag(int field, int type) => Varint((ulong)((field << 3) | type));

    private void Varint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _bytes[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _bytes[_length++] = (byte)value;
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - _length < count) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + count));
    }
}
