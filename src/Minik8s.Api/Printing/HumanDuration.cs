using System.Globalization;

namespace Minik8s.Api.Printing;

/// <summary>Durations as kubectl prints ages: two units at most, fewer as they grow (apimachinery's <c>duration.HumanDuration</c>).</summary>
public static class HumanDuration
{
    public static string Format(TimeSpan span)
    {
        var seconds = (long)Math.Floor(span.TotalSeconds);
        if (seconds < -1) return "<invalid>";
        if (seconds < 0) return "0s";
        if (seconds < 120) return Text(seconds, "s");
        var minutes = seconds / 60;
        if (minutes < 10) return Pair(minutes, "m", seconds % 60, "s");
        if (minutes < 180) return Text(minutes, "m");
        var hours = minutes / 60;
        if (hours < 8) return Pair(hours, "h", minutes % 60, "m");
        if (hours < 48) return Text(hours, "h");
        var days = hours / 24;
        if (hours < 192) return Pair(days, "d", hours % 24, "h");
        if (days < 730) return Text(days, "d");
        var years = days / 365;
        return days < 2920 ? Pair(years, "y", days % 365, "d") : Text(years, "y");
    }

    /// <summary>The time since a timestamp of an object; <c>&lt;unknown&gt;</c> when it has none.</summary>
    public static string Since(string? timestamp, DateTimeOffset now) =>
        DateTimeOffset.TryParse(timestamp, CultureInfo.InvariantCulture, out var then) ? Format(now - then) : "<unknown>";

    private static string Text(long number, string unit) => number.ToString(CultureInfo.InvariantCulture) + unit;

    private static string Pair(long large, string unit, long small, string smallUnit) => small == 0 ? Text(large, unit) : Text(large, unit) + Text(small, smallUnit);
}
