using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Jobs;

/// <summary>
/// Counts the pods that ended, each exactly once whatever fails in between (KEP-2307): first their uids are written to the status, then their finalizers are removed,
/// then the uids become numbers. It also writes how the job ends.
/// </summary>
internal sealed class JobTracking(ResourceClient<V1Job> jobs, ResourceClient<V1Pod> pods, IEventRecorder events, JobMemory memory, PodBackOff backOff, TimeProvider time)
{
    /// <summary>The most uids that a status holds.</summary>
    public const int MaxUncounted = 500;

    /// <returns>Whether there is more to count than one pass does.</returns>
    public async Task<bool> TrackAsync(ObjectKey key, JobPass pass, bool changed, CancellationToken cancellationToken)
    {
        var held = pass.Pods.Where(pass.IsTracked).Select(p => p.Metadata.Uid).ToHashSet();
        changed |= CountReleased(pass, held);
        var (ended, more) = Collect(pass, ref changed);
        changed |= NoteInterim(pass);
        var job = pass.Job;
        if (changed)
        {
            await WriteAsync(job, cancellationToken);
            backOff.Set(key, backOff.With(key, pass.NewSucceeded, pass.NewFailed));
        }

        var failure = await ReleaseAsync(key, ended, held, cancellationToken);
        changed = CountReleased(pass, held);
        var finished = failure is null && !more && Finish(pass);
        if (changed || finished) await WriteAsync(job, cancellationToken);
        if (finished) Tell(pass);
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        return more;
    }

    /// <summary>Chooses the pods to let go, and mentions in the status those that count.</summary>
    private static (List<V1Pod> Ended, bool More) Collect(JobPass pass, ref bool changed)
    {
        var ended = new List<V1Pod>();
        var indexes = new HashSet<int>();
        var more = false;
        var (succeeded, failed) = (pass.Uncounted.Succeeded.ToHashSet(), pass.Uncounted.Failed.ToHashSet());
        foreach (var pod in (pass.IsIndexed ? pass.Pods.OrderBy(p => JobPodFacts.Index(p) ?? -1) : pass.Pods.AsEnumerable()).Where(p => pass.IsTracked(p) && MayGo(pass, p)))
        {
            ended.Add(pod);
            var uid = pod.Metadata.Uid;
            if (JobPodFacts.Succeeded(pod) && !failed.Contains(uid))
            {
                // The index alone says that it is counted.
                if (pass.IsIndexed && pass.ValidIndex(pod) is { } index && !pass.CountedIndexes.Contains(index)) changed |= indexes.Add(index);
                if (!pass.IsIndexed) changed |= succeeded.Add(uid);
            }
            else if (CountsAsFailed(pass, pod))
            {
                changed |= failed.Add(uid);
            }

            more = indexes.Count + succeeded.Count + failed.Count >= MaxUncounted;
            if (more) break;
        }

        foreach (var uid in succeeded.Except(pass.Uncounted.Succeeded).ToList()) pass.Uncounted.Succeeded.Add(uid);
        foreach (var uid in failed.Except(pass.Uncounted.Failed).ToList()) pass.Uncounted.Failed.Add(uid);
        if (pass.IsIndexed) changed |= NoteIndexes(pass, pass.CountedIndexes.Union(IndexSet.Of(indexes)));
        return (ended, more);
    }

    private static bool MayGo(JobPass pass, V1Pod pod)
    {
        if (pass.Job.Metadata.DeletionTimestamp is not null || pass.Finished is not null || JobPodFacts.Succeeded(pod)) return true;
        if (!JobPodFacts.Failed(pod, pass.Spec)) return false;
        // The replacement takes the number of failures from it.
        return !(pass.ValidIndex(pod) is { } index && pass.Replaced.TryGetValue(index, out var waiting) && waiting.Metadata.Uid == pod.Metadata.Uid && pass.LimitsIndexes);
    }

    private static bool CountsAsFailed(JobPass pass, V1Pod pod)
    {
        // When a job fails, what did not end by itself has failed with it.
        var fails = JobPodFacts.Failed(pod, pass.Spec) || pass.Finished is { Type: not JobConditions.SuccessCriteriaMet };
        return fails && pass.HasValidIndex(pod) && FailurePolicy.Match(pass.Spec, pod).Counts;
    }

    private static bool NoteIndexes(JobPass pass, IndexSet counted)
    {
        var (completed, failed) = (counted.Count == 0 ? null : counted.ToString(), pass.FailedIndexes?.ToString());
        var changed = (pass.Status.CompletedIndexes ?? "") != (completed ?? "") || pass.Status.FailedIndexes != failed;
        pass.Status.CompletedIndexes = completed;
        pass.Status.FailedIndexes = failed;
        pass.Status.Succeeded = Count(counted.Count);
        return changed;
    }

    /// <summary>Before pods go, the status says how the job is going to end: without them it could not be found out again.</summary>
    private static bool NoteInterim(JobPass pass) =>
        pass.Finished is { Type: JobConditions.FailureTarget or JobConditions.SuccessCriteriaMet } interim && JobConditions.Set(pass.Status, interim);

    private async Task<Exception?> ReleaseAsync(ObjectKey key, List<V1Pod> ended, HashSet<string> held, CancellationToken cancellationToken)
    {
        memory.ExpectReleases(key, ended.Select(p => p.Metadata.Uid));
        var releases = ended.Select(pod => JobPodRelease.ReleaseAsync(pods, pod, cancellationToken)).ToList();
        await Task.WhenAll(releases).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < ended.Count; i++)
        {
            if (releases[i].IsCompletedSuccessfully) held.Remove(ended[i].Metadata.Uid);
            else memory.ReleaseObserved(key, ended[i].Metadata.Uid);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return releases.FirstOrDefault(r => r.IsFaulted)?.Exception?.InnerException;
    }

    /// <summary>Turns the uids of pods that are not held any more into numbers.</summary>
    private static bool CountReleased(JobPass pass, HashSet<string> held)
    {
        var (succeeded, failed) = (Take(pass.Uncounted.Succeeded, held), Take(pass.Uncounted.Failed, held));
        if (succeeded > 0) pass.Status.Succeeded = (pass.Status.Succeeded ?? 0) + succeeded;
        if (failed > 0) pass.Status.Failed = (pass.Status.Failed ?? 0) + failed;
        return succeeded + failed > 0;
    }

    private static int Take(IList<string> uids, HashSet<string> held)
    {
        var released = uids.Where(uid => !held.Contains(uid)).ToList();
        foreach (var uid in released) uids.Remove(uid);
        return released.Count;
    }

    private bool Finish(JobPass pass)
    {
        if (pass.Finished is not { } finished || pass.Uncounted.Succeeded.Count + pass.Uncounted.Failed.Count > 0 || pass.Terminating > 0) return false;
        var now = time.GetUtcNow();
        var type = finished.Type is JobConditions.SuccessCriteriaMet or JobConditions.Complete ? JobConditions.Complete : JobConditions.Failed;
        pass.Finished = JobConditions.New(type, finished.Reason, finished.Message, now);
        if (type == JobConditions.Complete) pass.Status.CompletionTime = now.UtcDateTime;
        // A job that ended before it ever ran has a start too.
        pass.Status.StartTime ??= now.UtcDateTime;
        return JobConditions.Set(pass.Status, pass.Finished);
    }

    private void Tell(JobPass pass)
    {
        if (pass.Finished!.Type == JobConditions.Complete)
        {
            if (pass.Spec.Completions is { } completions && pass.Status.Succeeded > completions)
            {
                events.Warning(pass.Job, "TooManySucceededPods", "Too many succeeded pods running after completion count reached");
            }

            events.Normal(pass.Job, "Completed", "Job completed");
        }
        else
        {
            events.Warning(pass.Job, pass.Finished.Reason, pass.Finished.Message);
        }
    }

    private async Task WriteAsync(V1Job job, CancellationToken cancellationToken)
    {
        var written = await jobs.UpdateStatusAsync(job, cancellationToken);
        job.Metadata.ResourceVersion = written.Metadata.ResourceVersion;
        memory.StatusWritten(written);
    }

    private static int? Count(int number) => number == 0 ? null : number;
}
