using k8s.Models;

namespace Minik8s.Controllers.Workloads;

/// <summary>What the state of a pod means to the controllers of workloads.</summary>
internal static class PodStates
{
    public static bool IsTerminating(V1Pod pod) => pod.Metadata.DeletionTimestamp is not null;

    public static bool IsOver(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    /// <summary>It runs, or will.</summary>
    public static bool IsActive(V1Pod pod) => !IsOver(pod) && !IsTerminating(pod);

    public static bool IsReady(V1Pod pod) => ReadyCondition(pod)?.Status == "True";

    /// <summary>Since when it is ready; null when it is not.</summary>
    public static DateTimeOffset? ReadySince(V1Pod pod) =>
        ReadyCondition(pod) is { Status: "True", LastTransitionTime: { } since } ? new DateTimeOffset(since, TimeSpan.Zero) : null;

    /// <summary>How long until it counts as available, after it was ready for so many seconds: zero when it does, null when it is not ready.</summary>
    public static TimeSpan? UntilAvailable(V1Pod pod, int minReadySeconds, DateTimeOffset now)
    {
        if (!IsReady(pod)) return null;
        if (minReadySeconds == 0) return TimeSpan.Zero;
        if (ReadySince(pod) is not { } since) return null;
        var left = since + TimeSpan.FromSeconds(minReadySeconds) - now;
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static V1PodCondition? ReadyCondition(V1Pod pod) => pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready");
}
