using System.Globalization;

namespace Minik8s.Api.Quantities;

/// <summary>Spans of time as Go writes them: <c>1h30m</c>, <c>250ms</c>, <c>1.5s</c>.</summary>
public static class GoDuration
{
    private static readonly (string Unit, double Seconds)[] Units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("μs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600)];

    /// <summary>Reads a span; null for a text that is none, or one longer than Go could hold (292 years).</summary>
    public static TimeSpan? Parse(string text)
    {
        var rest = text.AsSpan();
        var negative = rest.StartsWith("-");
        if (negative || rest.StartsWith("+")) rest = rest[1..];
        if (rest is "0") return TimeSpan.Zero;
        if (rest.IsEmpty) return null;
        var seconds = 0.0;
        while (!rest.IsEmpty)
        {
            var length = rest.IndexOfAnyExcept("0123456789.");
            if (length <= 0 || !double.TryParse(rest[..length], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
            rest = rest[length..];
            var unitLength = rest.IndexOfAny("0123456789.");
            var unit = unitLength < 0 ? rest : rest[..unitLength];
            var factor = 0.0;
            foreach (var (name, size) in Units)
            {
                if (unit.SequenceEqual(name)) factor = size;
            }

            if (factor == 0) return null;
            seconds += number * factor;
            rest = rest[unit.Length..];
        }

        return seconds > long.MaxValue / 1e9 ? null : TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond) * (negative ? -1 : 1));
    }
}
