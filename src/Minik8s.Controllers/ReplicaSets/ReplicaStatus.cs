using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>Works the status out from the pods.</summary>
internal static class ReplicaStatus
{
    public static ReplicaCounts Make(
        int wanted, int minReadySeconds, V1PodTemplateSpec? template, long generation, ReplicaCounts old, IReadOnlyList<V1Pod> active, int? terminating, string? failure, DateTimeOffset now)
    {
        var labels = template?.Metadata?.Labels ?? new Dictionary<string, string>();
        return new(
            active.Count,
            active.Count(p => labels.All(l => p.Metadata.Labels is { } own && own.TryGetValue(l.Key, out var value) && value == l.Value)),
            active.Count(PodStates.IsReady),
            active.Count(p => PodStates.UntilAvailable(p, minReadySeconds, now) == TimeSpan.Zero),
            terminating,
            generation,
            Failure(wanted, active.Count, old.Failure, failure, now));
    }

    /// <summary>When the next pod will count as available; null when none is on its way there.</summary>
    public static TimeSpan? NextAvailable(int minReadySeconds, IEnumerable<V1Pod> active, DateTimeOffset now) =>
        active.Select(p => PodStates.UntilAvailable(p, minReadySeconds, now)).Where(left => left > TimeSpan.Zero).Min();

    private static ReplicaFailure? Failure(int wanted, int present, ReplicaFailure? old, string? message, DateTimeOffset now)
    {
        if (message is null) return null;
        // The first failure stays until all is well again: its message would otherwise change with every pod's name.
        return old ?? new ReplicaFailure(present < wanted ? "FailedCreate" : "FailedDelete", message, now.UtcDateTime);
    }
}
