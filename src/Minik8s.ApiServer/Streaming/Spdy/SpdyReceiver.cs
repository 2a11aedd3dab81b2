using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Minik8s.ApiServer.Streaming.Spdy;

/// <summary>Reads the frames of one connection and acts on them, one after the other.</summary>
internal sealed class SpdyReceiver(SpdyConnection connection, PipeReader reader, bool server)
{
    private const int MaxControlFrame = 64 * 1024;

    private readonly SpdyHeaderDecoder _decoder = new();
    private uint _lastPeerStream;

    /// <summary>Returns when the peer ends the connection between two frames.</summary>
    /// <exception cref="SpdyException">The peer broke the protocol or ended within a frame.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (await ReadHeaderAsync(cancellationToken) is { } header)
        {
            if (header.IsControl)
            {
                if (header.Version != SpdyFrameHeader.ProtocolVersion) throw new SpdyException($"The peer speaks SPDY version {header.Version}, not 3.");
                if (header.Length > MaxControlFrame) throw new SpdyException($"A SPDY control frame of {header.Length} bytes is too long.");
                Handle(header, await ReadPayloadAsync(header.Length, cancellationToken));
            }
            else
            {
                await ReceiveDataAsync(header, cancellationToken);
            }
        }
    }

    private static uint Word(byte[] payload, int at)
    {
        if (payload.Length < at + 4) throw new SpdyException("A SPDY control frame is cut short.");
        return BinaryPrimitives.ReadUInt32BigEndian(payload.AsSpan(at));
    }

    private static uint StreamId(byte[] payload) => Word(payload, 0) & 0x7fffffff;

    private static byte[] Block(byte[] payload, int at) =>
        payload.Length < at ? throw new SpdyException("A SPDY control frame is cut short.") : payload[at..];

    private void Handle(SpdyFrameHeader header, byte[] payload)
    {
        var fin = (header.Flags & SpdyFlags.Fin) != 0;
        switch (header.Type)
        {
            case SpdyFrameType.SynStream:
                Accept(StreamId(payload), _decoder.Decode(Block(payload, 10)), fin);
                break;

            case SpdyFrameType.SynReply:
                // Decoded although nobody reads them: the next block continues this one.
                _decoder.Decode(Block(payload, 4));
                if (connection.Find(StreamId(payload)) is { } replied)
                {
                    replied.Replied();
                    if (fin) replied.PeerFinished();
                }

                break;

            case SpdyFrameType.Headers:
                _decoder.Decode(Block(payload, 4));
                if (fin) connection.Find(StreamId(payload))?.PeerFinished();
                break;

            case SpdyFrameType.RstStream:
                var why = new SpdyException($"The peer reset the stream: {(SpdyStatus)Word(payload, 4)}.");
                if (connection.Find(StreamId(payload)) is { } reset)
                {
                    connection.Forget(reset);
                    reset.Abort(why);
                }

                break;

            case SpdyFrameType.Ping:
                // Odd ids are the client's; an answer to a ping of ours needs nothing.
                if (Word(payload, 0) % 2 == (server ? 1 : 0)) connection.EnqueuePong(Word(payload, 0));
                break;

            case SpdyFrameType.GoAway:
                connection.PeerGoesAway();
                break;

            // Settings and windows mean nothing without flow control; types that are not known are to be ignored.
            default:
                break;
        }
    }

    private void Accept(uint id, Dictionary<string, string> headers, bool fin)
    {
        // The client's streams are odd, the server's even, and both only grow.
        if (id == 0 || id % 2 != (server ? 1u : 0u) || id <= _lastPeerStream)
        {
            connection.EnqueueReset(id, SpdyStatus.ProtocolError);
            return;
        }

        _lastPeerStream = id;
        connection.Accept(id, headers, fin);
    }

    private async ValueTask ReceiveDataAsync(SpdyFrameHeader header, CancellationToken cancellationToken)
    {
        // A stream that is gone may still have data under way; it is read and dropped.
        var stream = connection.Find(header.StreamId);
        for (var rest = header.Length; rest > 0;)
        {
            var result = await reader.ReadAsync(cancellationToken);
            if (result.Buffer.IsEmpty && result.IsCompleted) throw new SpdyException("The connection ended within a frame.");
            var part = result.Buffer.Slice(0, Math.Min(rest, result.Buffer.Length));
            rest -= (int)part.Length;
            var deliver = stream is { Error: null } && connection.Find(header.StreamId) is not null;
            if (deliver) foreach (var segment in part) stream!.InputWriter.Write(segment.Span);
            reader.AdvanceTo(part.End);
            if (deliver) await stream!.InputWriter.FlushAsync(cancellationToken);
        }

        if ((header.Flags & SpdyFlags.Fin) != 0) stream?.PeerFinished();
    }

    private async ValueTask<SpdyFrameHeader?> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        var result = await reader.ReadAtLeastAsync(SpdyFrameHeader.Size, cancellationToken);
        if (result.Buffer.Length < SpdyFrameHeader.Size)
        {
            if (result.Buffer.IsEmpty) return null;
            throw new SpdyException("The connection ended within a frame.");
        }

        var head = result.Buffer.Slice(0, SpdyFrameHeader.Size);
        var header = Parse(head);
        reader.AdvanceTo(head.End);
        return header;
    }

    private static SpdyFrameHeader Parse(in ReadOnlySequence<byte> head)
    {
        Span<byte> bytes = stackalloc byte[SpdyFrameHeader.Size];
        head.CopyTo(bytes);
        return SpdyFrameHeader.Read(bytes);
    }

    private async ValueTask<byte[]> ReadPayloadAsync(int length, CancellationToken cancellationToken)
    {
        if (length == 0) return [];
        var result = await reader.ReadAtLeastAsync(length, cancellationToken);
        if (result.Buffer.Length < length) throw new SpdyException("The connection ended within a frame.");
        var payload = result.Buffer.Slice(0, length).ToArray();
        reader.AdvanceTo(result.Buffer.GetPosition(length));
        return payload;
    }
}
