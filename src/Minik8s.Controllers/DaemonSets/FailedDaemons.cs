using Minik8s.ControlLoop;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Keeps a daemon that fails at once from being made again at once: on each node from 1 s up to 15 minutes apart.</summary>
internal sealed class FailedDaemons(TimeProvider time)
{
    private static readonly BackOff Delays = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(15));

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Dictionary<string, Failure>> _sets = [];

    /// <summary>Whether a failed pod may be replaced now; if so the next one waits longer.</summary>
    public bool MayRetry(ObjectKey set, string node)
    {
        lock (_lock)
        {
            if (!_sets.TryGetValue(set, out var nodes)) _sets.Add(set, nodes = []);
            var now = time.GetUtcNow();
            if (!nodes.TryGetValue(node, out var failure) || now - failure.Until > 2 * Delays.Max) failure = new(0, now);
            if (failure.Until > now)
            {
                nodes[node] = failure with { Waits = true };
                return false;
            }

            nodes[node] = new(failure.Count + 1, now + Delays.Delay(failure.Count));
            return true;
        }
    }

    /// <summary>When a pod that had to wait may be replaced; null when none waits.</summary>
    public TimeSpan? NextRetry(ObjectKey set)
    {
        lock (_lock)
        {
            if (!_sets.TryGetValue(set, out var nodes)) return null;
            var now = time.GetUtcNow();
            var waiting = nodes.Values.Where(f => f.Waits && f.Until > now).Select(f => f.Until - now).ToList();
            return waiting.Count == 0 ? null : waiting.Min();
        }
    }

    public void Forget(ObjectKey set)
    {
        lock (_lock) _sets.Remove(set);
    }

    private sealed record Failure(int Count, DateTimeOffset Until, bool Waits = false);
}
