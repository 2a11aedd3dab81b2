using System.Collections.Concurrent;
using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Jobs;

/// <summary>How long a job waits before it replaces failed pods: 10 s after the first failure since the last success, doubled by each further one, ten minutes at most.</summary>
internal sealed class PodBackOff
{
    private static readonly BackOff Delays = new(TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

    private readonly ConcurrentDictionary<ObjectKey, Failures> _jobs = new();

    /// <summary>What is known of a job together with pods that ended since.</summary>
    public Failures With(ObjectKey job, IReadOnlyCollection<V1Pod> succeeded, IReadOnlyCollection<V1Pod> failed)
    {
        var known = _jobs.GetValueOrDefault(job);
        if (succeeded.Count > 0) known = new(0, null);
        var since = succeeded.Count > 0 ? succeeded.Max(JobPodFacts.FinishedAt) : DateTimeOffset.MinValue;
        var later = failed.Select(JobPodFacts.FinishedAt).Where(t => t > since).ToList();
        return later.Count == 0 ? known : new(known.Count + later.Count, later.Max());
    }

    public void Set(ObjectKey job, Failures failures) => _jobs[job] = failures;

    public void Forget(ObjectKey job) => _jobs.TryRemove(job, out _);

    /// <summary>How long the replacement of this pod has to wait by the failures of its index.</summary>
    public static TimeSpan RemainingOfIndex(V1Pod? lastFailed, DateTimeOffset now) => lastFailed is null
        ? TimeSpan.Zero
        : new Failures(JobPodFacts.FailureCount(lastFailed) + JobPodFacts.IgnoredFailureCount(lastFailed) + 1, JobPodFacts.FinishedAt(lastFailed)).Remaining(now);

    /// <summary>The failures since the last success, and when the last of them was.</summary>
    internal readonly record struct Failures(int Count, DateTimeOffset? Last)
    {
        public TimeSpan Remaining(DateTimeOffset now)
        {
            if (Count == 0 || Last is not { } last) return TimeSpan.Zero;
            var left = Delays.Delay(Count - 1) - (now - last);
            return left > TimeSpan.Zero ? left : TimeSpan.Zero;
        }
    }
}
