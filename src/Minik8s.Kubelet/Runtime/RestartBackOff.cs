namespace Minik8s.Kubelet.Runtime;

/// <summary>How long a container that keeps failing waits: 10 s, doubled each time, at most 5 minutes; forgotten after it has run for 10 minutes.</summary>
internal sealed class RestartBackOff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Forget = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, (TimeSpan Delay, DateTimeOffset Counted)> _entries = [];

    /// <summary>How long a container that ended then must still wait, and its present delay; the first restart is at once.</summary>
    public (TimeSpan Left, TimeSpan Delay) Wait(string container, DateTimeOffset startedAt, DateTimeOffset finishedAt)
    {
        if (!_entries.TryGetValue(container, out var entry)) return (TimeSpan.Zero, First);
        if (finishedAt - startedAt >= Forget)
        {
            _entries.Remove(container);
            return (TimeSpan.Zero, First);
        }

        var left = finishedAt + entry.Delay - time.GetUtcNow();
        return (left > TimeSpan.Zero ? left : TimeSpan.Zero, entry.Delay);
    }

    /// <summary>Counts a restart.</summary>
    public void Restarted(string container)
    {
        var delay = _entries.TryGetValue(container, out var entry) ? TimeSpan.FromTicks(Math.Min(entry.Delay.Ticks * 2, Longest.Ticks)) : First;
        _entries[container] = (delay, time.GetUtcNow());
    }
}
