using System.Globalization;
using System.Text;

namespace Minik8s.Kubelet.Server;

/// <summary>Reads the body of an answer: first what was read with the head, then the rest of the stream.</summary>
internal sealed class RuntimeBody(ReadOnlyMemory<byte> first, Stream stream) : IAsyncDisposable
{
    private const int MaxLine = 1024;
    private readonly byte[] _buffer = new byte[4096];
    private ReadOnlyMemory<byte> _ready = first;

    /// <summary>Copies that many bytes, or up to the end of the stream.</summary>
    public async Task CopyAsync(Stream to, long length, CancellationToken cancellationToken)
    {
        while (length > 0 && await FillAsync(cancellationToken))
        {
            var part = _ready[..(int)Math.Min(length, _ready.Length)];
            await to.WriteAsync(part, cancellationToken);
            _ready = _ready[part.Length..];
            length -= part.Length;
        }
    }

    /// <summary>The length that stands before a chunk; 0 is the end.</summary>
    /// <exception cref="IOException">It is not a length.</exception>
    public async Task<long> ReadChunkLengthAsync(CancellationToken cancellationToken)
    {
        var line = await ReadLineAsync(cancellationToken);
        return long.TryParse(line.Split(';')[0].Trim(), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var length) && length >= 0
            ? length
            : throw new IOException("the runtime's answer has a malformed chunk");
    }

    /// <exception cref="IOException">The line is too long.</exception>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new StringBuilder();
        while (await FillAsync(cancellationToken))
        {
            var value = (char)_ready.Span[0];
            _ready = _ready[1..];
            if (value == '\n') break;
            if (line.Length == MaxLine) throw new IOException("the runtime's answer has a malformed chunk");
            if (value != '\r') line.Append(value);
        }

        return line.ToString();
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        if (_ready.Length > 0) return true;
        var read = await stream.ReadAsync(_buffer, cancellationToken);
        _ready = _buffer.AsMemory(0, read);
        return read > 0;
    }
}
