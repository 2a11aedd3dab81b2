using System.Globalization;
using System.Text;

namespace Minik8s.Controllers.Jobs;

/// <summary>Completion indexes as ordered intervals, written as a job's status has them: <c>0,2-5,7</c>. A job of many indexes then costs as much as it has gaps.</summary>
internal sealed class IndexSet
{
    private readonly (int First, int Last)[] _intervals;

    private IndexSet((int First, int Last)[] intervals)
    {
        _intervals = intervals;
        foreach (var (first, last) in intervals) Count += last - first + 1;
    }

    public static IndexSet Empty { get; } = new([]);

    /// <summary>How many indexes there are.</summary>
    public int Count { get; }

    /// <summary>Reads the indexes below <paramref name="completions"/>; what is no number is left out.</summary>
    public static IndexSet Parse(string? text, int completions)
    {
        if (string.IsNullOrEmpty(text)) return Empty;
        var intervals = new List<(int First, int Last)>();
        foreach (var part in text.Split(','))
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (!Number(dash < 0 ? part : part[..dash], out var first)) continue;
            var last = first;
            if (dash >= 0 && !Number(part[(dash + 1)..], out last)) continue;
            last = Math.Min(last, completions - 1);
            if (first <= last) intervals.Add((first, last));
        }

        return Merge(intervals);
    }

    public static IndexSet Of(IEnumerable<int> indexes) => Merge([.. indexes.Select(i => (i, i))]);

    public bool Contains(int index)
    {
        var (low, high) = (0, _intervals.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_intervals[middle].Last < index) low = middle + 1;
            else high = middle;
        }

        return low < _intervals.Length && _intervals[low].First <= index;
    }

    public IndexSet Union(IndexSet other) => other.Count == 0 ? this : Count == 0 ? other : Merge([.. _intervals, .. other._intervals]);

    /// <summary>How many indexes are in both.</summary>
    public int Overlap(IndexSet other)
    {
        var (count, i, j) = (0, 0, 0);
        while (i < _intervals.Length && j < other._intervals.Length)
        {
            var (a, b) = (_intervals[i], other._intervals[j]);
            count += Math.Max(0, Math.Min(a.Last, b.Last) - Math.Max(a.First, b.First) + 1);
            if (a.Last <= b.Last) i++;
            if (b.Last <= a.Last) j++;
        }

        return count;
    }

    /// <summary>The indexes below <paramref name="completions"/> that are not in the set, in order.</summary>
    public IEnumerable<int> Missing(int completions)
    {
        var next = 0;
        foreach (var (first, last) in _intervals)
        {
            for (; next < first && next < completions; next++) yield return next;
            next = last + 1;
        }

        for (; next < completions; next++) yield return next;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (first, last) in _intervals)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(CultureInfo.InvariantCulture, $"{first}");
            if (last > first) text.Append(last == first + 1 ? ',' : '-').Append(CultureInfo.InvariantCulture, $"{last}");
        }

        return text.ToString();
    }

    private static IndexSet Merge(List<(int First, int Last)> intervals)
    {
        intervals.Sort();
        var merged = new List<(int First, int Last)>(intervals.Count);
        foreach (var interval in intervals)
        {
            if (merged.Count > 0 && interval.First <= merged[^1].Last + 1) merged[^1] = (merged[^1].First, Math.Max(merged[^1].Last, interval.Last));
            else merged.Add(interval);
        }

        return new([.. merged]);
    }

    private static bool Number(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
