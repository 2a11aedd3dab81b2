namespace Minik8s.ApiServer.Tests.Fuzzing;

/// <summary>Damages bytes: flips, cuts, repeats, and puts in what parsers stumble over.</summary>
internal static class Damage
{
    private static readonly byte[][] Stumbling =
    [
        "\u0000"u8.ToArray(), "{"u8.ToArray(), "["u8.ToArray(), "}"u8.ToArray(), "]"u8.ToArray(), "\""u8.ToArray(), "\\"u8.ToArray(), "\\u"u8.ToArray(), "\\ud800"u8.ToArray(), ":"u8.ToArray(), ","u8.ToArray(),
        "- "u8.ToArray(), "? "u8.ToArray(), "&a "u8.ToArray(), "*a"u8.ToArray(), "<<: *a\n"u8.ToArray(), "!!binary "u8.ToArray(), "!!int "u8.ToArray(), "|\n"u8.ToArray(), ">-\n"u8.ToArray(), "---\n"u8.ToArray(),
        "...\n"u8.ToArray(), "%YAML 1.1\n"u8.ToArray(), "\t"u8.ToArray(), "\r\n"u8.ToArray(), "#"u8.ToArray(), "'"u8.ToArray(), "1e999"u8.ToArray(), "-0"u8.ToArray(), "0x1F"u8.ToArray(), "0o17"u8.ToArray(), ".inf"u8.ToArray(),
        "99999999999999999999999999"u8.ToArray(), "null"u8.ToArray(), "~"u8.ToArray(), "yes"u8.ToArray(), [0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xfe, 0xff],
    ];

    public static byte[] Of(byte[] bytes, Random random)
    {
        for (var n = random.Next(1, 5); n > 0 && bytes.Length > 0; n--)
        {
            var at = random.Next(bytes.Length);
            var piece = Stumbling[random.Next(Stumbling.Length)];
            bytes = random.Next(7) switch
            {
                0 => [.. bytes[..at], (byte)random.Next(256), .. bytes[(at + 1)..]],
                1 => bytes[..at],
                2 => [.. bytes[..at], .. piece, .. bytes[at..]],
                3 => [.. bytes[..at], .. piece, .. bytes[Math.Min(bytes.Length, at + piece.Length)..]],
                4 => [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]],
                5 => [.. bytes[..at], .. Enumerable.Repeat(piece, random.Next(300)).SelectMany(p => p), .. bytes[at..]],
                _ => bytes[at..],
            };
        }

        return bytes;
    }
}
