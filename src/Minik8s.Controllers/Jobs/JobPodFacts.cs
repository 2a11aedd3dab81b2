using System.Globalization;
using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>What a job's pod says of itself.</summary>
internal static class JobPodFacts
{
    /// <summary>Holds a pod until its end is counted in the status of its job.</summary>
    public const string Finalizer = "batch.kubernetes.io/job-tracking";
    public const string IndexKey = "batch.kubernetes.io/job-completion-index";
    public const string FailureCountKey = "batch.kubernetes.io/job-index-failure-count";
    public const string IgnoredFailureCountKey = "batch.kubernetes.io/job-index-ignored-failure-count";

    public static bool IsTracked(V1Pod pod) => pod.Metadata.Finalizers?.Contains(Finalizer) == true;

    public static bool Succeeded(V1Pod pod) => pod.Status?.Phase == "Succeeded";

    /// <summary>Whether it counts as failed: it did, or it is on its way out and the job replaces such pods at once.</summary>
    public static bool Failed(V1Pod pod, V1JobSpec spec) =>
        pod.Status?.Phase == "Failed" || (!ReplacesOnlyFailed(spec) && PodStates.IsTerminating(pod) && !Succeeded(pod));

    /// <summary>Whether a pod that is on its way out is replaced only once it is over.</summary>
    public static bool ReplacesOnlyFailed(V1JobSpec spec) => spec.PodReplacementPolicy == "Failed" || spec.PodFailurePolicy is not null;

    /// <summary>The completion index; null where it has none.</summary>
    public static int? Index(V1Pod pod) => Number(pod, IndexKey) is { } index and >= 0 ? index : null;

    /// <summary>How often its index had failed before it, as far as the limit per index counts that.</summary>
    public static int FailureCount(V1Pod pod) => Number(pod, FailureCountKey) ?? 0;

    /// <summary>How often it had failed in ways that the failure policy ignores.</summary>
    public static int IgnoredFailureCount(V1Pod pod) => Number(pod, IgnoredFailureCountKey) ?? 0;

    /// <summary>When it ended: by its containers, else by its readiness, its deletion, its creation.</summary>
    public static DateTimeOffset FinishedAt(V1Pod pod)
    {
        if (ContainersFinishedAt(pod) is { } finished) return Utc(finished);
        if (pod.Status?.Conditions?.FirstOrDefault(c => c is { Type: "Ready", Status: "False" })?.LastTransitionTime is { } unready) return Utc(unready);
        if (pod.Metadata.DeletionTimestamp is { } deletion) return Utc(deletion) - TimeSpan.FromSeconds(pod.Metadata.DeletionGracePeriodSeconds ?? 0);
        return Utc(pod.Metadata.CreationTimestamp ?? DateTime.MinValue);
    }

    private static DateTime? ContainersFinishedAt(V1Pod pod)
    {
        // Sidecars end after the containers that they serve.
        var sidecars = (pod.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Select(c => c.Name).ToHashSet();
        DateTime? latest = null;
        foreach (var container in (pod.Status?.ContainerStatuses ?? []).Concat((pod.Status?.InitContainerStatuses ?? []).Where(c => sidecars.Contains(c.Name))))
        {
            if (container.State?.Terminated?.FinishedAt is not { } finished) return null;
            if (latest is null || finished > latest) latest = finished;
        }

        return latest;
    }

    private static int? Number(V1Pod pod, string annotation) =>
        pod.Metadata.Annotations is { } annotations && annotations.TryGetValue(annotation, out var text)
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
