using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Minik8s.Client;

/// <summary>Cuts a stream into its lines.</summary>
internal static class LineReader
{
    // Far above the largest object a server stores (1.5 MiB in etcd): a longer line means that the peer talks something else.
    private const int MaxLine = 32 << 20;

    /// <summary>The lines that are not empty. Each is valid until the next is asked for.</summary>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken ct)
    {
        var pipe = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));
        byte[]? joined = null;
        try
        {
            while (true)
            {
                var read = await pipe.ReadAsync(ct).ConfigureAwait(false);
                var buffer = read.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end);
                    if (!line.IsEmpty)
                        yield return Join(line, ref joined);
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                }
                if (read.IsCompleted)
                {
                    // A server that dies in the middle of a line has said nothing; its end is the watch's end.
                    yield break;
                }
                if (buffer.Length > MaxLine)
                    throw new InvalidDataException($"a line of a watch is longer than {MaxLine} bytes");
                pipe.AdvanceTo(buffer.Start, buffer.End);
            }
        }
        finally
        {
            await pipe.CompleteAsync().ConfigureAwait(false);
            if (joined is not null)
                ArrayPool<byte>.Shared.Return(joined);
        }
    }

    private static ReadOnlyMemory<byte> Join(ReadOnlySequence<byte> line, ref byte[]? joined)
    {
        if (line.IsSingleSegment)
            return line.First;
        var length = (int)line.Length;
        if (joined is null || joined.Length < length)
        {
            if (joined is not null)
                ArrayPool<byte>.Shared.Return(joined);
            joined = ArrayPool<byte>.Shared.Rent(length);
        }
        line.CopyTo(joined);
        return joined.AsMemory(0, length);
    }
}
