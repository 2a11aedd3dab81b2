using System.Globalization;

namespace Minik8s.Api.Kinds.Batch;

/// <summary>
/// A cron schedule: five fields (minute, hour, day of month, month, day of week) or a descriptor such as <c>@daily</c> or <c>@every 1h30m</c>, as the
/// cron library of Kubernetes reads them.
/// </summary>
public sealed class CronSchedule
{
    private const int SearchYears = 5;

    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private ulong _minutes;
    private ulong _hours;
    private ulong _daysOfMonth;
    private ulong _months;
    private ulong _daysOfWeek;
    private bool _anyDayOfMonth;
    private bool _anyDayOfWeek;

    private CronSchedule()
    {
    }

    /// <summary>The distance between runs of an <c>@every</c> schedule; null for all others.</summary>
    public TimeSpan? Every { get; private init; }

    /// <summary>Reads a schedule.</summary>
    /// <exception cref="FormatException">The text is no schedule; the message says why in the cron library's words.</exception>
    public static CronSchedule Parse(string text)
    {
        if (text.Length == 0) throw new FormatException("empty spec string");
        if (text.StartsWith("TZ=", StringComparison.Ordinal) || text.StartsWith("CRON_TZ=", StringComparison.Ordinal))
        {
            var space = text.IndexOf(' ');
            if (space < 0) throw new FormatException("provided bad location " + text[(text.IndexOf('=') + 1)..]);
            text = text[space..].Trim();
        }

        if (text.StartsWith('@')) return ParseDescriptor(text);
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5) throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]");
        var schedule = new CronSchedule();
        (schedule._minutes, _) = Field(fields[0], 0, 59, []);
        (schedule._hours, _) = Field(fields[1], 0, 23, []);
        (schedule._daysOfMonth, schedule._anyDayOfMonth) = Field(fields[2], 1, 31, []);
        (schedule._months, _) = Field(fields[3], 1, 12, Months);
        (schedule._daysOfWeek, schedule._anyDayOfWeek) = Field(fields[4], 0, 6, Days);
        return schedule;
    }

    /// <summary>The first time after <paramref name="after"/> at which the schedule runs, on the clock of <paramref name="zone"/>; null when there is none within five years.</summary>
    public DateTimeOffset? Next(DateTimeOffset after, TimeZoneInfo zone)
    {
        if (Every is { } distance)
        {
            return new DateTimeOffset(after.Ticks - (after.Ticks % TimeSpan.TicksPerSecond), after.Offset) + distance;
        }

        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var at = new DateTime(local.Year, local.Month, local.Day, local.Hour, local.Minute, 0).AddMinutes(1);
        var end = at.AddYears(SearchYears);
        while (at < end)
        {
            if (!Has(_months, at.Month)) at = new DateTime(at.Year, at.Month, 1).AddMonths(1);
            else if (!IsDay(at)) at = at.Date.AddDays(1);
            else if (!Has(_hours, at.Hour)) at = at.Date.AddHours(at.Hour + 1);
            else if (!Has(_minutes, at.Minute)) at = at.AddMinutes(1);
            // Clocks that are put forward skip the times in between.
            else if (zone.IsInvalidTime(at)) at = at.AddMinutes(1);
            else if (new DateTimeOffset(at, zone.GetUtcOffset(at)) is var found && found > after) return found;
            else at = at.AddMinutes(1);
        }

        return null;
    }

    private static CronSchedule ParseDescriptor(string text)
    {
        switch (text)
        {
            case "@yearly" or "@annually":
                return Parse("0 0 1 1 *");
            case "@monthly":
                return Parse("0 0 1 * *");
            case "@weekly":
                return Parse("0 0 * * 0");
            case "@daily" or "@midnight":
                return Parse("0 0 * * *");
            case "@hourly":
                return Parse("0 * * * *");
        }

        const string every = "@every ";
        if (!text.StartsWith(every, StringComparison.Ordinal)) throw new FormatException($"unrecognized descriptor: {text}");
        if (!TryDuration(text[every.Length..], out var distance)) throw new FormatException($"failed to parse duration {text}: time: invalid duration \"{text[every.Length..]}\"");
        return new CronSchedule { Every = distance < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(Math.Floor(distance.TotalSeconds)) };
    }

    private static (ulong Bits, bool Any) Field(string text, int min, int max, string[] names)
    {
        ulong bits = 0;
        var any = false;
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var (range, star) = Range(part, min, max, names);
            bits |= range;
            any |= star;
        }

        return (bits, any);
    }

    private static (ulong Bits, bool Star) Range(string text, int min, int max, string[] names)
    {
        var steps = text.Split('/');
        var bounds = steps[0].Split('-');
        if (bounds.Length > 2) throw new FormatException($"too many hyphens: {text}");
        var star = bounds[0] is "*" or "?";
        var start = star ? min : Number(bounds[0], names, min);
        var end = star ? max : bounds.Length == 2 ? Number(bounds[1], names, min) : start;
        var step = 1;
        switch (steps.Length)
        {
            case 1:
                break;
            case 2:
                step = Number(steps[1], [], 0);
                if (bounds.Length == 1 && !star) end = max;
                if (step > 1) star = false;
                break;
            default:
                throw new FormatException($"too many slashes: {text}");
        }

        if (start < min) throw new FormatException($"beginning of range ({start}) below minimum ({min}): {text}");
        if (end > max) throw new FormatException($"end of range ({end}) above maximum ({max}): {text}");
        if (start > end) throw new FormatException($"beginning of range ({start}) beyond end of range ({end}): {text}");
        if (step == 0) throw new FormatException($"step of range should be a positive number: {text}");
        ulong bits = 0;
        for (long i = start; i <= end; i += step) bits |= 1UL << (int)i;
        return (bits, star);
    }

    private static int Number(string text, string[] names, int min)
    {
        var named = Array.IndexOf(names, text.ToLowerInvariant());
        if (named >= 0) return named + min;
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) throw new FormatException($"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax");
        return number >= 0 ? number : throw new FormatException($"negative number ({number}) not allowed: {text}");
    }

    /// <summary>A duration as Go writes it: <c>1h30m</c>, <c>90s</c>.</summary>
    private static bool TryDuration(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text.Length == 0) return false;
        var at = 0;
        while (at < text.Length)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.')) at++;
            var unitStart = at;
            while (at < text.Length && char.IsAsciiLetter(text[at])) at++;
            if (!double.TryParse(text.AsSpan(start, unitStart - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 1e6) return false;
            double? seconds = text[unitStart..at] switch { "h" => 3600, "m" => 60, "s" => 1, "ms" => 1e-3, "us" => 1e-6, "ns" => 1e-9, _ => null };
            if (seconds is null) return false;
            duration += TimeSpan.FromSeconds(number * seconds.Value);
        }

        return true;
    }

    /// <summary>When both day fields are restricted, either is enough.</summary>
    private bool IsDay(DateTime at)
    {
        var (month, week) = (Has(_daysOfMonth, at.Day), Has(_daysOfWeek, (int)at.DayOfWeek));
        return _anyDayOfMonth || _anyDayOfWeek ? month && week : month || week;
    }

    private static bool Has(ulong bits, int value) => (bits >> value & 1) == 1;
}
