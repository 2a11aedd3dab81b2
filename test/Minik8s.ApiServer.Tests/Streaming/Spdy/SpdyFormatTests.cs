using System.Text;
using ICSharpCode.SharpZipLib.Checksum;
using Minik8s.ApiServer.Streaming.Spdy;

namespace Minik8s.ApiServer.Tests.Streaming.Spdy;

/// <summary>The bytes on the wire, against values worked out by hand and with zlib itself.</summary>
public sealed class SpdyFormatTests
{
    [Fact]
    public void The_dictionary_is_the_one_that_everyone_else_has()
    {
        var checksum = new Adler32();
        checksum.Update(SpdyDictionary.Bytes);

        Assert.Equal(1423, SpdyDictionary.Bytes.Length);
        Assert.Equal(SpdyDictionary.Id, (uint)checksum.Value);
    }

    [Fact]
    public void Control_frames_have_their_golden_bytes()
    {
        Assert.Equal("8003000600000004" + "00000007", Convert.ToHexStringLower(SpdyFrames.Ping(7)));
        Assert.Equal("8003000300000008" + "00000005" + "00000005", Convert.ToHexStringLower(SpdyFrames.RstStream(5, SpdyStatus.Cancel)));
        Assert.Equal("8003000700000008" + "00000009" + "00000000", Convert.ToHexStringLower(SpdyFrames.GoAway(9)));
        Assert.Equal("800300010100000c" + "00000003" + "00000000" + "0000" + "abcd", Convert.ToHexStringLower(SpdyFrames.SynStream(3, SpdyFlags.Fin, [0xab, 0xcd])));
        Assert.Equal("8003000200000006" + "00000003" + "abcd", Convert.ToHexStringLower(SpdyFrames.SynReply(3, SpdyFlags.None, [0xab, 0xcd])));
        var data = new byte[8];
        SpdyFrameHeader.WriteData(data, 5, SpdyFlags.Fin, 0x010203);
        Assert.Equal("0000000501010203", Convert.ToHexStringLower(data));
    }

    [Fact]
    public void Header_blocks_have_their_golden_bytes()
    {
        var encoder = new SpdyHeaderEncoder();

        var first = encoder.Encode([new("streamType", "stdin")]);
        var second = encoder.Encode([]);

        var plain = "00000001" + "0000000a" + Convert.ToHexStringLower("streamtype"u8) + "00000005" + Convert.ToHexStringLower("stdin"u8);
        Assert.Equal("7820" + "e3c6a7c2" + "001b00e4ff" + plain + "000000ffff", Convert.ToHexStringLower(first));
        Assert.Equal("000400fbff" + "00000000" + "000000ffff", Convert.ToHexStringLower(second));
        Assert.Equal(0, 0x7820 % 31);
    }

    [Fact]
    public void Blocks_that_zlib_compressed_are_read()
    {
        // Two blocks of one stream made by zlib 1.2 at level 9 with the dictionary and Z_SYNC_FLUSH.
        var decoder = new SpdyHeaderDecoder();

        var first = decoder.Decode(Convert.FromHexString("78f9e3c6a7c202a62346703a2b294a4dcc851625acc525c03c01000000ffff"));
        var second = decoder.Decode(Convert.FromHexString("02a5470c2960624ec90797d198a518938911c8b80a70d1ca9004000000ffff"));

        Assert.Equal([new("streamtype", "stdin")], first);
        Assert.Equal("stdout", second["StreamType"]);
        Assert.Equal("42", second["content-length"]);
        Assert.Equal("a\0b", second["x"]);
    }

    [Fact]
    public void What_is_encoded_is_decoded_over_many_blocks()
    {
        var encoder = new SpdyHeaderEncoder();
        var decoder = new SpdyHeaderDecoder();
        for (var i = 0; i < 50; i++)
        {
            var headers = Enumerable.Range(0, i % 7).ToDictionary(n => $"Name-{n}", n => new string('v', n * 1000));
            Assert.Equal(headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value), decoder.Decode(encoder.Encode(headers)));
        }
    }

    public static TheoryData<string> BrokenBlocks => [
        "ffffffff",
        "782000000000000000ffff",
        "7820e3c6a7c2000400fbff00000001000000ffff",
        "7820e3c6a7c2000800f7ff000000017fffffff000000ffff",
        "7820e3c6a7c2000c00f3ff000000010000000000000000000000ffff",
    ];

    [Theory]
    [MemberData(nameof(BrokenBlocks))]
    public void Broken_blocks_are_refused(string hex) =>
        Assert.Throws<SpdyException>(() => new SpdyHeaderDecoder().Decode(Convert.FromHexString(hex)));

    [Fact]
    public void A_block_that_blows_up_is_refused()
    {
        var block = new SpdyHeaderEncoder().Encode([new("a", new string('x', 70_000))]);

        Assert.Contains("longer than", Assert.Throws<SpdyException>(() => new SpdyHeaderDecoder().Decode(block)).Message);
    }

    [Fact]
    public void Random_blocks_never_do_worse_than_being_refused()
    {
        var random = new Random(20240611);
        for (var i = 0; i < 2000; i++)
        {
            var block = new byte[random.Next(200)];
            random.NextBytes(block);
            if (i % 2 == 0) Encoding.Latin1.GetBytes("\x78\x20\xe3\xc6\xa7\xc2").AsSpan(0, Math.Min(6, block.Length)).CopyTo(block);
            try
            {
                new SpdyHeaderDecoder().Decode(block);
            }
            catch (SpdyException)
            {
                // Refused in good order.
            }
        }
    }
}
