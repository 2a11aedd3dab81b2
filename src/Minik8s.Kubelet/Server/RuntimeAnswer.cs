using System.Globalization;
using System.Text;

namespace Minik8s.Kubelet.Server;

/// <summary>The head of an HTTP/1.1 answer, and what was read beyond it.</summary>
internal sealed record RuntimeAnswer(int StatusCode, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Beyond)
{
    private const int MaxHead = 64 * 1024;

    /// <summary>Reads up to the empty line.</summary>
    /// <exception cref="IOException">It is not HTTP, or ends within the head.</exception>
    public static async Task<RuntimeAnswer> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var filled = 0;
        while (true)
        {
            if (filled == buffer.Length)
            {
                if (filled >= MaxHead) throw new IOException("the runtime's answer has too large a head");
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken);
            if (read == 0) throw new IOException("the runtime hung up before it answered");
            filled += read;
            var end = buffer.AsSpan(0, filled).IndexOf("\r\n\r\n"u8);
            if (end >= 0) return Parse(Encoding.Latin1.GetString(buffer, 0, end), buffer.AsMemory(end + 4, filled - end - 4));
        }
    }

    public string? Header(string name) => Headers.FirstOrDefault(h => h.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    private static RuntimeAnswer Parse(string head, ReadOnlyMemory<byte> beyond)
    {
        var lines = head.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (status.Length < 2 || !status[0].StartsWith("HTTP/1.", StringComparison.Ordinal)
            || !int.TryParse(status[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code) || code is < 100 or > 599)
        {
            throw new IOException("the runtime's answer is not HTTP/1.1");
        }

        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in lines.AsSpan(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0) throw new IOException("the runtime's answer has a malformed header");
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        return new(code, headers, beyond);
    }
}
