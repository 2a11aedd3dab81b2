using System.Collections.Concurrent;

namespace Minik8s.Controllers.Nodes;

/// <summary>When each node was last heard of, by this process's own clock: the clocks of nodes are not to be trusted.</summary>
internal sealed class Heartbeats(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, DateTimeOffset> _seen = new();

    public void Seen(string node) => _seen[node] = time.GetUtcNow();

    public void Forget(string node) => _seen.TryRemove(node, out _);

    /// <summary>How long a node has been silent. One that was never heard of is counted from now on.</summary>
    public TimeSpan Silence(string node) => time.GetUtcNow() - _seen.GetOrAdd(node, static (_, clock) => clock.GetUtcNow(), time);
}
