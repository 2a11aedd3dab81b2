using System.Globalization;

namespace Minik8s.Kubelet.Logs;

/// <summary>One line of a CRI log file: <c>2024-01-01T00:00:00.000000000Z stdout F text</c>, without its line feed.</summary>
internal readonly ref struct CriLogLine
{
    private const int FractionDigits = 9;

    private CriLogLine(ReadOnlySpan<byte> timestamp, bool partial, ReadOnlySpan<byte> text)
    {
        Timestamp = timestamp;
        Partial = partial;
        Text = text;
    }

    /// <summary>When it was written, as it stands in the file.</summary>
    public ReadOnlySpan<byte> Timestamp { get; }

    /// <summary>Whether the next line of the file goes on where this one stops.</summary>
    public bool Partial { get; }

    /// <summary>What the container wrote.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>Takes a line apart; false when it is not of this format.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, out CriLogLine parsed)
    {
        parsed = default;
        var stamp = line.IndexOf((byte)' ');
        if (stamp <= 0) return false;
        var rest = line[(stamp + 1)..];
        var stream = rest.IndexOf((byte)' ');
        if (stream < 0 || !(rest[..stream].SequenceEqual("stdout"u8) || rest[..stream].SequenceEqual("stderr"u8))) return false;
        rest = rest[(stream + 1)..];
        // Several tags are separated by colons; the first says whether the line is whole. An empty text may come without the space before it.
        var end = rest.IndexOf((byte)' ');
        var tags = end < 0 ? rest : rest[..end];
        var colon = tags.IndexOf((byte)':');
        var tag = colon < 0 ? tags : tags[..colon];
        if (tag is not [(byte)'P' or (byte)'F']) return false;
        parsed = new CriLogLine(line[..stamp], tag[0] == 'P', end < 0 ? [] : rest[(end + 1)..]);
        return true;
    }

    /// <summary>The time to a tenth of a microsecond; null when it is not RFC 3339.</summary>
    public DateTimeOffset? ReadTimestamp()
    {
        Span<char> text = stackalloc char[40];
        var length = 0;
        var fraction = -1;
        foreach (var b in Timestamp)
        {
            if (fraction >= 0)
            {
                // .NET reads seven digits.
                if (b is >= (byte)'0' and <= (byte)'9')
                {
                    if (++fraction > 7) continue;
                }
                else
                {
                    fraction = -1;
                }
            }
            else if (b == '.')
            {
                fraction = 0;
            }

            if (length == text.Length) return null;
            text[length++] = (char)b;
        }

        return DateTimeOffset.TryParseExact(text[..length], "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
    }

    /// <summary>Writes the time with nine digits of fraction, whatever the runtime left out; returns the length.</summary>
    /// <param name="destination">Room for the time and ten bytes.</param>
    public int FormatTimestamp(Span<byte> destination)
    {
        // After date and time of day comes the fraction, if any, then the zone.
        const int Seconds = 19;
        if (Timestamp.Length < Seconds)
        {
            Timestamp.CopyTo(destination);
            return Timestamp.Length;
        }

        Timestamp[..Seconds].CopyTo(destination);
        var rest = Timestamp[Seconds..];
        var zone = rest.IndexOfAny("Z+-"u8);
        if (zone < 0) zone = rest.Length;
        var digits = zone > 0 ? rest[1..zone] : [];
        if (digits.Length > FractionDigits) digits = digits[..FractionDigits];
        var length = Seconds;
        destination[length++] = (byte)'.';
        digits.CopyTo(destination[length..]);
        destination.Slice(length + digits.Length, FractionDigits - digits.Length).Fill((byte)'0');
        length += FractionDigits;
        rest[zone..].CopyTo(destination[length..]);
        return length + rest.Length - zone;
    }
}
