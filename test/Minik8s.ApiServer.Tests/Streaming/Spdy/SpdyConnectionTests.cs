using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Tests.Streaming.Spdy;

/// <summary>Sessions over real sockets; and against raw bytes, for what a good peer never sends.</summary>
public sealed class SpdyConnectionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Dictionary<string, string> Header(string type) => new() { ["streamType"] = type };

    private static async Task<(SpdyConnection Client, SpdyConnection Server)> ConnectAsync()
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        return (new(pair.FirstStream, server: false), new(pair.SecondStream, server: true));
    }

    private static async Task<(SpdyStream Ours, SpdyStream Theirs)> OpenAsync(SpdyConnection client, SpdyConnection server, string type)
    {
        var opening = client.OpenStreamAsync(Header(type), Cancel);
        var theirs = (await server.AcceptStreamAsync(Cancel))!;
        await theirs.ReplyAsync(Cancel);
        return (await opening.WaitAsync(Limit, Cancel), theirs);
    }

    private static async Task<byte[]> ReadAllAsync(PipeReader reader)
    {
        var all = new MemoryStream();
        await reader.CopyToAsync(all, Cancel).WaitAsync(Limit, Cancel);
        return all.ToArray();
    }

    [Fact]
    public async Task Streams_carry_data_both_ways_and_close_one_way_at_a_time()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var (ours, theirs) = await OpenAsync(client, server, "stdin");
        Assert.Equal("stdin", theirs.Headers["streamType"]);
        Assert.Equal(1u, theirs.Id);

        await ours.WriteAsync("hello"u8.ToArray(), Cancel);
        await ours.CompleteAsync(Cancel);
        Assert.Equal("hello", Encoding.ASCII.GetString(await ReadAllAsync(theirs.Input)));
        Assert.Null(theirs.Error);

        await theirs.WriteAsync("still open this way"u8.ToArray(), Cancel);
        await theirs.CompleteAsync(Cancel);
        Assert.Equal("still open this way", Encoding.ASCII.GetString(await ReadAllAsync(ours.Input)));
        await ours.CompleteAsync(Cancel);
        await Assert.ThrowsAsync<SpdyException>(() => ours.WriteAsync("late"u8.ToArray(), Cancel).AsTask());
    }

    [Fact]
    public async Task Streams_of_both_sides_have_their_own_numbers()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;

        var ids = new List<uint>();
        for (var i = 0; i < 3; i++) ids.Add((await OpenAsync(client, server, "a")).Theirs.Id);
        for (var i = 0; i < 3; i++) ids.Add((await OpenAsync(server, client, "b")).Theirs.Id);

        Assert.Equal([1, 3, 5, 2, 4, 6], ids);
    }

    [Fact]
    public async Task Much_data_arrives_whole_and_in_order_on_several_streams_at_once()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var sums = new List<Task>();
        for (var i = 0; i < 4; i++)
        {
            var (ours, theirs) = await OpenAsync(client, server, "data");
            var content = RandomNumberGenerator.GetBytes(3_000_000 + i);
            sums.Add(Task.Run(async () =>
            {
                var reading = ReadAllAsync(ours.Input);
                await theirs.WriteAsync(content, Cancel);
                await theirs.CompleteAsync(Cancel);
                Assert.Equal(SHA256.HashData(content), SHA256.HashData(await reading));
            }, Cancel));
        }

        await Task.WhenAll(sums).WaitAsync(Limit, Cancel);
    }

    [Fact]
    public async Task A_reader_that_lags_holds_the_sender_back_instead_of_filling_memory()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var (ours, theirs) = await OpenAsync(client, server, "stdout");
        var sent = 0L;
        const long Total = 64 << 20;
        var chunk = new byte[256 * 1024];
        var writing = Task.Run(async () =>
        {
            while (Interlocked.Read(ref sent) < Total)
            {
                await theirs.WriteAsync(chunk, Cancel);
                Interlocked.Add(ref sent, chunk.Length);
            }

            await theirs.CompleteAsync(Cancel);
        }, Cancel);

        // Wait until the sender no longer moves.
        var before = -1L;
        var still = 0;
        await Minik8s.Testing.Eventually.True(() =>
        {
            var now = Interlocked.Read(ref sent);
            still = now == before && now > 0 ? still + 1 : 0;
            before = now;
            return Task.FromResult(still >= 8);
        }, "the sender stops");
        Assert.True(Interlocked.Read(ref sent) < Total / 2, $"{sent} bytes went out without a reader");

        var received = 0L;
        while (true)
        {
            var result = await ours.Input.ReadAsync(Cancel);
            received += result.Buffer.Length;
            ours.Input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted) break;
        }

        await writing;
        Assert.Equal(Total, received);
    }

    [Fact]
    public async Task A_reset_ends_the_stream_but_keeps_what_came_before()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var (ours, theirs) = await OpenAsync(client, server, "stdout");
        var (other, otherTheirs) = await OpenAsync(client, server, "error");
        await theirs.WriteAsync("last words"u8.ToArray(), Cancel);
        await theirs.ResetAsync(SpdyStatus.Cancel, Cancel);

        Assert.Equal("last words", Encoding.ASCII.GetString(await ReadAllAsync(ours.Input)));
        Assert.Contains("Cancel", ours.Error!.Message);
        await Assert.ThrowsAsync<SpdyException>(() => ours.WriteAsync(new byte[1], Cancel).AsTask());

        await otherTheirs.WriteAsync("fine"u8.ToArray(), Cancel);
        await otherTheirs.CompleteAsync(Cancel);
        Assert.Equal("fine", Encoding.ASCII.GetString(await ReadAllAsync(other.Input)));
    }

    [Fact]
    public async Task A_refused_stream_fails_its_opener_only()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var opening = client.OpenStreamAsync(Header("bad"), Cancel);
        await (await server.AcceptStreamAsync(Cancel))!.ResetAsync(SpdyStatus.RefusedStream, Cancel);

        Assert.Contains("RefusedStream", (await Assert.ThrowsAsync<SpdyException>(() => opening.WaitAsync(Limit, Cancel))).Message);
        await OpenAsync(client, server, "good");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_breaks_ends_every_stream(bool reset)
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        await using var client = new SpdyConnection(pair.FirstStream, server: false);
        var server = new SpdyConnection(pair.SecondStream, server: true);
        var (ours, theirs) = await OpenAsync(client, server, "stdin");
        var pending = client.OpenStreamAsync(Header("never answered"), Cancel);
        await server.AcceptStreamAsync(Cancel);
        await theirs.WriteAsync("kept"u8.ToArray(), Cancel);
        var first = await ours.Input.ReadAtLeastAsync(4, Cancel);
        ours.Input.AdvanceTo(first.Buffer.Start);

        if (reset) pair.Second.LingerState = new LingerOption(true, 0);
        pair.Second.Close();

        Assert.Equal("kept", Encoding.ASCII.GetString(await ReadAllAsync(ours.Input)));
        Assert.NotNull(ours.Error);
        await Assert.ThrowsAsync<SpdyException>(() => pending.WaitAsync(Limit, Cancel));
        await client.Ended.WaitAsync(Limit, Cancel);
        await server.Ended.WaitAsync(Limit, Cancel);
        Assert.Null(await client.AcceptStreamAsync(Cancel));
        await Assert.ThrowsAsync<SpdyException>(() => client.OpenStreamAsync(Header("late"), Cancel));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_frees_a_writer_that_is_stuck()
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        var client = new SpdyConnection(pair.FirstStream, server: false);
        await using var server = new SpdyConnection(pair.SecondStream, server: true);
        var (ours, _) = await OpenAsync(client, server, "stdin");
        var stuck = Task.Run(async () =>
        {
            while (true) await ours.WriteAsync(new byte[1 << 20], Cancel);
        }, Cancel);

        await client.DisposeAsync().AsTask().WaitAsync(Limit, Cancel);

        await Assert.ThrowsAsync<SpdyException>(() => stuck.WaitAsync(Limit, Cancel));
    }

    [Fact]
    public async Task Pings_are_answered_even_while_writing_is_stuck_behind_a_slow_peer()
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        await using var client = new SpdyConnection(pair.FirstStream, server: false);
        var raw = pair.SecondStream;
        await raw.WriteAsync(SpdyFrames.Ping(2), Cancel);
        await raw.WriteAsync(SpdyFrames.Ping(1), Cancel);
        await raw.WriteAsync(SpdyFrames.Ping(4), Cancel);

        var answer = new byte[24];
        await raw.ReadExactlyAsync(answer, Cancel);

        Assert.Equal([.. SpdyFrames.Ping(2), .. SpdyFrames.Ping(4)], answer);
        client.Ping();
        await raw.ReadExactlyAsync(answer.AsMemory(0, 12), Cancel);
        Assert.Equal(SpdyFrames.Ping(1), answer[..12]);
    }

    [Theory]
    [InlineData(2u)]
    [InlineData(0u)]
    public async Task A_stream_with_a_number_that_is_not_the_peers_is_reset(uint id)
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        await using var server = new SpdyConnection(pair.FirstStream, server: true);
        var raw = pair.SecondStream;

        await raw.WriteAsync(SpdyFrames.SynStream(id, SpdyFlags.None, new SpdyHeaderEncoder().Encode([])), Cancel);

        var answer = new byte[16];
        await raw.ReadExactlyAsync(answer, Cancel);
        Assert.Equal(SpdyFrames.RstStream(id, SpdyStatus.ProtocolError), answer);
    }

    [Fact]
    public async Task Frames_that_mean_nothing_here_are_passed_over()
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        await using var server = new SpdyConnection(pair.FirstStream, server: true);
        var raw = pair.SecondStream;
        var encoder = new SpdyHeaderEncoder();
        string[] frames =
        [
            "800300040000000c000000010000000400000064", // SETTINGS
            "80030009000000080000000100010000", // WINDOW_UPDATE
            "8003000b0000000401020304", // a type that nobody knows
            "0000006300000003616263", // data for a stream that never was
            "80030003000000080000006300000005", // a reset of it
        ];
        foreach (var frame in frames) await raw.WriteAsync(Convert.FromHexString(frame), Cancel);
        await raw.WriteAsync(SpdyFrames.SynStream(1, SpdyFlags.Fin, encoder.Encode([new("a", "b")])), Cancel);

        var stream = await server.AcceptStreamAsync(Cancel);
        Assert.Equal("b", stream!.Headers["a"]);
        Assert.Empty(await ReadAllAsync(stream.Input));
    }

    public static TheoryData<string> BrokenStreams => [
        "8002000600000004" + "00000001", // version 2
        "8003000100ffffff" + "00000001", // a control frame of 16 MiB
        "8003000100000004" + "00000001", // SYN_STREAM cut short
        "8003000300000004" + "00000001", // RST_STREAM of the wrong size for a stream that is there
        "80030006", // ends within a header
        "474554202f20485454502f312e310d0a", // not SPDY at all: "GET / HTTP/1.1"
    ];

    [Theory]
    [MemberData(nameof(BrokenStreams))]
    public async Task A_peer_that_breaks_the_protocol_is_hung_up_on(string hex)
    {
        var pair = await SocketPair.ConnectAsync(Cancel);
        await using var server = new SpdyConnection(pair.FirstStream, server: true);
        var raw = pair.SecondStream;
        await raw.WriteAsync(SpdyFrames.SynStream(1, SpdyFlags.None, new SpdyHeaderEncoder().Encode([])), Cancel);
        var stream = (await server.AcceptStreamAsync(Cancel))!;

        await raw.WriteAsync(Convert.FromHexString(hex), Cancel);
        pair.Second.Shutdown(SocketShutdown.Send);

        await server.Ended.WaitAsync(Limit, Cancel);
        Assert.Empty(await ReadAllAsync(stream.Input));
        Assert.NotNull(stream.Error);
    }

    [Fact]
    public async Task Random_bytes_never_hang_or_crash_a_session()
    {
        var random = new Random(4711);
        for (var i = 0; i < 100; i++)
        {
            var pair = await SocketPair.ConnectAsync(Cancel);
            await using var server = new SpdyConnection(pair.FirstStream, server: true);
            var bytes = new byte[random.Next(1, 400)];
            random.NextBytes(bytes);
            if (i % 2 == 0) SpdyFrameHeader.WriteControl(bytes.Length >= 8 ? bytes : bytes = new byte[8], (SpdyFrameType)random.Next(1, 10), (SpdyFlags)random.Next(4), random.Next(0, bytes.Length));
            await pair.Second.SendAsync(bytes, Cancel);
            pair.Second.Shutdown(SocketShutdown.Send);
            await server.Ended.WaitAsync(Limit, Cancel);
            pair.Dispose();
        }
    }

    [Fact]
    public async Task Going_away_stops_new_streams_but_not_the_open_ones()
    {
        var (client, server) = await ConnectAsync();
        await using var _ = client;
        await using var __ = server;
        var (ours, theirs) = await OpenAsync(client, server, "stdin");

        await client.SendAsync(SpdyFrames.GoAway(0), Cancel);
        Assert.Null(await server.AcceptStreamAsync(Cancel).AsTask().WaitAsync(Limit, Cancel));
        await theirs.WriteAsync(Encoding.ASCII.GetBytes("after"), Cancel);

        var result = await ours.Input.ReadAtLeastAsync(5, Cancel);
        Assert.Equal("after"u8, result.Buffer.ToArray());
    }
}
