using System.Collections.Concurrent;
using System.Globalization;
using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Jobs;

/// <summary>What the controller has written and its caches may not show yet: statuses of jobs, and pods that were let go.</summary>
internal sealed class JobMemory
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, HashSet<string>> _released = [];
    private readonly ConcurrentDictionary<ObjectKey, Written> _written = new();

    /// <summary>This status was written.</summary>
    public void StatusWritten(V1Job job) => _written[ObjectKey.Of(job)] = new(job.Metadata.Uid, Version(job));

    /// <summary>
    /// Whether the cached job has at least the status that was written last. With an older one, pods that are counted and released already would be missing
    /// from both, and be made once more.
    /// </summary>
    public bool IsCurrent(V1Job cached) =>
        !_written.TryGetValue(ObjectKey.Of(cached), out var written) || written.Uid != cached.Metadata.Uid || Version(cached) >= written.Version;

    /// <summary>The finalizers of these pods are about to be removed.</summary>
    public void ExpectReleases(ObjectKey job, IEnumerable<string> uids)
    {
        lock (_lock)
        {
            if (!_released.TryGetValue(job, out var known)) _released.Add(job, known = []);
            known.UnionWith(uids);
        }
    }

    /// <summary>The cache shows that it is released, or it was not.</summary>
    public void ReleaseObserved(ObjectKey job, string uid)
    {
        lock (_lock)
        {
            if (_released.TryGetValue(job, out var known) && known.Remove(uid) && known.Count == 0) _released.Remove(job);
        }
    }

    /// <summary>The pods that were released, although the cache may show their finalizers still.</summary>
    public HashSet<string> Released(ObjectKey job)
    {
        lock (_lock) return _released.TryGetValue(job, out var known) ? [.. known] : [];
    }

    public void Forget(ObjectKey job)
    {
        _written.TryRemove(job, out _);
        lock (_lock) _released.Remove(job);
    }

    private static long Version(V1Job job) => long.Parse(job.Metadata.ResourceVersion, CultureInfo.InvariantCulture);

    private readonly record struct Written(string Uid, long Version);
}
