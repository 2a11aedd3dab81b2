namespace Minik8s.Testing.Watching;

/// <summary>Holds what a watcher has seen against what has happened: every event once, in order, without a gap.</summary>
public static class WatchChecker
{
    /// <summary>The first thing that is wrong; null when nothing is.</summary>
    /// <param name="history">What has happened.</param>
    /// <param name="selection">What the watcher asked for.</param>
    /// <param name="segments">What it has seen; each one but the last may end anywhere, for after it the watcher listed again.</param>
    public static string? Check(TrueHistory history, WatchSelection selection, IReadOnlyList<WatchSegment> segments)
    {
        for (var i = 0; i < segments.Count; i++)
        {
            var segment = segments[i];
            if (i > 0 && segment.Start < Reached(segments[i - 1])) return $"a list went back from {Reached(segments[i - 1])} to {segment.Start}";
            if (segment.Listed is { } listed && !listed.OrderBy(o => o.Key, StringComparer.Ordinal).SequenceEqual(history.At(segment.Start, selection)))
            {
                return $"the list at {segment.Start} shows {Text(listed)} where there was {Text(history.At(segment.Start, selection))}";
            }

            var expected = history.After(segment.Start, selection).ToList();
            for (var n = 0; n < segment.Events.Count; n++)
            {
                if (n >= expected.Count) return $"after {segment.Start}: {segment.Events[n]} never happened";
                if (segment.Events[n] != expected[n]) return $"after {segment.Start}, event {n}: saw {segment.Events[n]} instead of {expected[n]}";
            }

            if (i == segments.Count - 1 && segment.Events.Count < expected.Count) return $"after {segment.Start}: {expected[segment.Events.Count]} was not seen";
        }

        return null;
    }

    private static long Reached(WatchSegment segment) => segment.Events.Count > 0 ? segment.Events[^1].Object.Revision : segment.Start;

    private static string Text(IEnumerable<ObjectState> objects) => string.Join(' ', objects.Select(o => $"{o.Key}@{o.Revision}={o.Label}"));
}
