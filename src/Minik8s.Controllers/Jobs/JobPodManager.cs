using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Creates and deletes the pods of jobs.</summary>
internal sealed class JobPodManager(ResourceClient<V1Pod> pods, IEventRecorder events, Expectations expectations, PodBackOff backOff, TimeProvider time)
{
    /// <summary>The most pods that one pass creates or deletes.</summary>
    public const int Burst = 500;

    private readonly PodControl _control = new(pods, events);

    /// <summary>Brings the number of running pods nearer to the wanted one.</summary>
    /// <returns>What failed.</returns>
    public async Task<Exception?> ManageAsync(ObjectKey key, JobPass pass, CancellationToken cancellationToken)
    {
        if (pass.IsSuspended) return await RemoveAsync(key, pass, pass.ActivePods, cancellationToken);
        var wanted = Wanted(pass);
        var surplus = JobSurplus.Choose(pass, Math.Max(pass.Active - wanted, 0), time.GetUtcNow());
        // Where pods are both to be deleted and to be created, as with an index that two pods have, deletion comes first.
        if (surplus.Count > 0) return await RemoveAsync(key, pass, [.. surplus.Take(Burst)], cancellationToken);
        var missing = wanted - pass.Active - (JobPodFacts.ReplacesOnlyFailed(pass.Spec) ? pass.Terminating : 0);
        return missing > 0 ? await CreateAsync(key, pass, Math.Min(missing, Burst), cancellationToken) : null;
    }

    /// <summary>Deletes all running pods of a job that ends; their finalizers stay until they are counted.</summary>
    /// <returns>Whether all are on their way out, and what failed.</returns>
    public async Task<(bool All, Exception? Failure)> EndAsync(JobPass pass, CancellationToken cancellationToken)
    {
        var deletions = pass.ActivePods.Select(pod => _control.DeleteAsync(pass.Job, pod, cancellationToken)).ToList();
        return await CountDeletedAsync(pass, pass.ActivePods, deletions);
    }

    private static int Wanted(JobPass pass)
    {
        var parallelism = pass.Spec.Parallelism ?? 1;
        if (pass.Spec.Completions is not { } completions) return pass.Succeeded > 0 ? pass.Active : parallelism;
        return Math.Clamp(completions - pass.Succeeded, 0, parallelism);
    }

    private async Task<Exception?> RemoveAsync(ObjectKey key, JobPass pass, IReadOnlyList<V1Pod> surplus, CancellationToken cancellationToken)
    {
        expectations.ExpectDeletions(key, surplus.Select(p => p.Metadata.Uid));
        var deletions = surplus.Select(async pod =>
        {
            var deleted = false;
            try
            {
                // It is deleted because it is not needed, so there is nothing of it to count.
                await JobPodRelease.ReleaseAsync(pods, pod, cancellationToken);
                deleted = await _control.DeleteAsync(pass.Job, pod, cancellationToken);
                return deleted;
            }
            finally
            {
                if (!deleted) expectations.DeletionObserved(key, pod.Metadata.Uid);
            }
        }).ToList();
        return (await CountDeletedAsync(pass, surplus, deletions)).Failure;
    }

    private static async Task<(bool All, Exception? Failure)> CountDeletedAsync(JobPass pass, IReadOnlyList<V1Pod> deleted, List<Task<bool>> deletions)
    {
        await Task.WhenAll(deletions.Cast<Task>()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        for (var i = 0; i < deletions.Count; i++)
        {
            if (!deletions[i].IsCompletedSuccessfully) continue;
            pass.Active--;
            // One that was gone already does not terminate any more.
            if (deletions[i].Result) pass.Terminating++;
            if (PodStates.IsReady(deleted[i])) pass.Ready--;
        }

        return (deletions.TrueForAll(d => d.IsCompletedSuccessfully), deletions.FirstOrDefault(d => d.IsFaulted)?.Exception?.InnerException);
    }

    private async Task<Exception?> CreateAsync(ObjectKey key, JobPass pass, int count, CancellationToken cancellationToken)
    {
        List<int>? indexes = null;
        if (pass.IsIndexed)
        {
            indexes = [.. Pending(pass).Take(count)];
            if (pass.LimitsIndexes) indexes = Due(pass, indexes);
            count = indexes.Count;
        }

        if (!pass.LimitsIndexes && backOff.With(key, pass.NewSucceeded, pass.NewFailed).Remaining(time.GetUtcNow()) is { Ticks: > 0 } delay)
        {
            pass.LookAgainAfter(delay);
            return null;
        }

        expectations.ExpectCreations(key, count);
        var (created, failure) = await SlowStart.RunAsync(count, async i =>
        {
            int? index = indexes is null ? null : indexes[i];
            try
            {
                await _control.CreateAsync(pass.Job, JobPodObjects.Make(pass.Job, index, index is { } number ? pass.Replaced.GetValueOrDefault(number) : null), cancellationToken);
            }
            catch (ApiException e) when (ApiFailures.IsNamespaceTerminating(e))
            {
                // No pod will come; the job goes with its namespace.
                expectations.CreationObserved(key);
            }
        });
        for (var i = created; i < count; i++) expectations.CreationObserved(key);
        pass.Active += created;
        return failure;
    }

    /// <summary>The indexes that have no pod and need one, in order.</summary>
    private static IEnumerable<int> Pending(JobPass pass)
    {
        var taken = pass.ActivePods.Concat(JobPodFacts.ReplacesOnlyFailed(pass.Spec) ? pass.Pods.Where(p => PodStates.IsTerminating(p) && !PodStates.IsOver(p)) : []);
        var present = pass.SucceededIndexes.Union(IndexSet.Of(taken.Select(JobPodFacts.Index).OfType<int>()));
        return (pass.FailedIndexes is { } failed ? present.Union(failed) : present).Missing(pass.Spec.Completions ?? 0);
    }

    /// <summary>Those whose back-off is over; when there are none, the job is looked at when the first is.</summary>
    private List<int> Due(JobPass pass, List<int> indexes)
    {
        var now = time.GetUtcNow();
        var due = new List<int>(indexes.Count);
        foreach (var index in indexes)
        {
            var left = PodBackOff.RemainingOfIndex(pass.Replaced.GetValueOrDefault(index), now);
            if (left > TimeSpan.Zero) pass.LookAgainAfter(left);
            else due.Add(index);
        }

        return due;
    }
}
