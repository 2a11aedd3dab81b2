using k8s.Models;

namespace Minik8s.Controllers.Jobs;

/// <summary>Decides from what is seen whether, and how, a job ends.</summary>
internal static class JobVerdict
{
    /// <summary>The condition of the end; null while the job goes on, which includes those whose completions are all there (their pods are still to be looked at).</summary>
    public static V1JobCondition? Decide(JobPass pass, DateTimeOffset now)
    {
        // What was decided once holds.
        if (JobConditions.Find(pass.Job, JobConditions.SuccessCriteriaMet) is { } met) return met;
        if (JobConditions.Find(pass.Job, JobConditions.FailureTarget) is { } target) return JobConditions.New(JobConditions.Failed, target.Reason, target.Message, now);
        var failed = pass.Pods.Where(p => JobPodFacts.Failed(p, pass.Spec)).Select(p => FailurePolicy.Match(pass.Spec, p).FailJobMessage).FirstOrDefault(m => m is not null);
        if (failed is not null) return Fail("PodFailurePolicy", failed, now);
        if (pass.Failed > pass.Spec.BackoffLimit || RestartedTooOften(pass)) return Fail("BackoffLimitExceeded", "Job has reached the specified backoff limit", now);
        if (DeadlineLeft(pass, now) is { } left)
        {
            if (left <= TimeSpan.Zero) return Fail("DeadlineExceeded", "Job was active longer than specified deadline", now);
            pass.LookAgainAfter(left);
        }

        if (pass.FailedIndexes is { Count: > 0 } indexes)
        {
            if (indexes.Count > pass.Spec.MaxFailedIndexes) return Fail("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes", now);
            if (indexes.Count + pass.SucceededIndexes.Count >= pass.Spec.Completions) return Fail("FailedIndexes", "Job has failed indexes", now);
        }

        return pass.IsIndexed && SuccessPolicy.Match(pass.Spec, pass.SucceededIndexes) is { } message
            ? JobConditions.New(JobConditions.SuccessCriteriaMet, "SuccessPolicy", message, now)
            : null;
    }

    /// <summary>The condition of a job all of whose completions are there, null when they are not.</summary>
    public static V1JobCondition? Completion(JobPass pass, DateTimeOffset now)
    {
        // Without a number of completions one success says that all is done; what still runs may end by itself.
        var complete = pass.Active == 0 && (pass.Spec.Completions is { } completions ? pass.Succeeded >= completions : pass.Succeeded > 0);
        return complete ? JobConditions.New(JobConditions.SuccessCriteriaMet, "CompletionsReached", "Reached expected number of succeeded pods", now) : null;
    }

    private static V1JobCondition Fail(string reason, string message, DateTimeOffset now) => JobConditions.New(JobConditions.FailureTarget, reason, message, now);

    // While the status says that the job is suspended it has an old start, which resuming replaces.
    private static TimeSpan? DeadlineLeft(JobPass pass, DateTimeOffset now) =>
        pass is { IsSuspended: false, Spec.ActiveDeadlineSeconds: { } seconds, Status.StartTime: { } started } && JobConditions.Find(pass.Job, JobConditions.Suspended) is null
            ? new DateTimeOffset(DateTime.SpecifyKind(started, DateTimeKind.Utc)) + TimeSpan.FromSeconds(seconds) - now
            : null;

    /// <summary>Of pods that restart their containers themselves the restarts count against the limit.</summary>
    private static bool RestartedTooOften(JobPass pass)
    {
        if (pass.Spec.Template.Spec.RestartPolicy != "OnFailure") return false;
        var restarts = pass.Pods.Where(p => p.Status?.Phase is "Running" or "Pending")
            .SelectMany(p => (p.Status.InitContainerStatuses ?? []).Concat(p.Status.ContainerStatuses ?? [])).Sum(c => (long)c.RestartCount);
        return pass.Spec.BackoffLimit == 0 ? restarts > 0 : restarts >= pass.Spec.BackoffLimit;
    }
}
