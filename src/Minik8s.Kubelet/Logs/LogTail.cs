using Microsoft.Win32.SafeHandles;

namespace Minik8s.Kubelet.Logs;

/// <summary>Finds where the last lines of a CRI log file begin, reading from its end, so that a big file costs no more than a small one.</summary>
internal static class LogTail
{
    private const int Block = 64 * 1024;

    // A time with a zone, the stream and the tag fit in it.
    private const int HeaderRoom = 64;

    /// <summary>The offset at which the last <paramref name="lines"/> lines begin. A line that the runtime cut in parts is one.</summary>
    public static long FindStart(SafeFileHandle file, long lines)
    {
        var end = RandomAccess.GetLength(file);
        if (lines <= 0) return end;
        var buffer = new byte[Block + HeaderRoom];
        var count = 0L;
        // Where the line found last, going backwards, begins; lines after it are counted.
        var next = end;
        var blockEnd = end;
        while (blockEnd > 0)
        {
            var blockStart = Math.Max(0, blockEnd - Block);
            var length = (int)(blockEnd - blockStart);
            var filled = Fill(file, buffer.AsSpan(0, (int)Math.Min(end - blockStart, length + HeaderRoom)), blockStart);
            for (var at = length; at > 0;)
            {
                at = buffer.AsSpan(0, Math.Min(at, filled)).LastIndexOf((byte)'\n');
                if (at < 0) break;
                var start = blockStart + at + 1;
                // After the last line feed of the file comes nothing, or a line that is being written.
                if (start == end) continue;
                if (Ends(buffer.AsSpan(at + 1, Math.Min(HeaderRoom, filled - at - 1)), last: next == end))
                {
                    if (count == lines) return next;
                    count++;
                }

                next = start;
            }

            blockEnd = blockStart;
        }

        var first = Fill(file, buffer.AsSpan(0, (int)Math.Min(end, HeaderRoom)), 0);
        return count == lines && Ends(buffer.AsSpan(0, first), last: next == end) ? next : 0;
    }

    /// <summary>Whether a line of the file that begins so is the end of a line of the container; one without an end yet, at the end of the file, counts too.</summary>
    private static bool Ends(ReadOnlySpan<byte> header, bool last)
    {
        if (last) return true;
        var feed = header.IndexOf((byte)'\n');
        return !(CriLogLine.TryParse(feed < 0 ? header : header[..feed], out var line) && line.Partial);
    }

    private static int Fill(SafeFileHandle file, Span<byte> buffer, long offset)
    {
        var total = 0;
        int read;
        while (total < buffer.Length && (read = RandomAccess.Read(file, buffer[total..], offset + total)) > 0) total += read;
        return total;
    }
}
