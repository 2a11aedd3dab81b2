using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>One look at a job: its own copy, its pods, and what follows from both.</summary>
internal sealed class JobPass
{
    private readonly IReadOnlySet<string> _released;

    /// <param name="job">A copy; its status becomes what is written.</param>
    /// <param name="pods">The pods that belong to it.</param>
    /// <param name="released">The pods whose finalizers are removed, whatever the cache shows.</param>
    public JobPass(V1Job job, IReadOnlyList<V1Pod> pods, IReadOnlySet<string> released)
    {
        Job = job;
        Pods = pods;
        _released = released;
        Status = job.Status ??= new V1JobStatus();
        Status.Conditions = [.. Status.Conditions ?? []];
        Uncounted = Status.UncountedTerminatedPods ??= new V1UncountedTerminatedPods();
        Uncounted.Succeeded = [.. Uncounted.Succeeded ?? []];
        Uncounted.Failed = [.. Uncounted.Failed ?? []];
        ActivePods = [.. pods.Where(PodStates.IsActive)];
        Active = ActivePods.Count;
        Ready = ActivePods.Count(PodStates.IsReady);
        Terminating = pods.Count(p => PodStates.IsTerminating(p) && !PodStates.IsOver(p));
        NewSucceeded = [.. UncountedPods(Uncounted.Succeeded).Where(JobPodFacts.Succeeded)];
        NewFailed = [.. UncountedPods(Uncounted.Failed).Where(p => JobPodFacts.Failed(p, Spec))];
        Succeeded = (Status.Succeeded ?? 0) + NewSucceeded.Count + Uncounted.Succeeded.Count;
        Failed = (Status.Failed ?? 0) + NewFailed.Count(p => FailurePolicy.Match(Spec, p).Counts) + Uncounted.Failed.Count;
        if (IsIndexed) LookAtIndexes();
    }

    public V1Job Job { get; }

    public V1JobSpec Spec => Job.Spec;

    public V1JobStatus Status { get; }

    public V1UncountedTerminatedPods Uncounted { get; }

    public IReadOnlyList<V1Pod> Pods { get; }

    public IReadOnlyList<V1Pod> ActivePods { get; }

    /// <summary>Pods that ended and that the status does not mention yet.</summary>
    public List<V1Pod> NewSucceeded { get; }

    /// <summary>Pods that failed and that the status does not mention yet, also those that the failure policy ignores.</summary>
    public List<V1Pod> NewFailed { get; }

    public bool IsIndexed => Spec.CompletionMode == "Indexed";

    public bool LimitsIndexes => IsIndexed && Spec.BackoffLimitPerIndex is not null;

    public bool IsSuspended => Spec.Suspend == true;

    public int Active { get; set; }

    public int Ready { get; set; }

    public int Terminating { get; set; }

    public int Succeeded { get; private set; }

    public int Failed { get; }

    /// <summary>The indexes that the status has as completed.</summary>
    public IndexSet CountedIndexes { get; private set; } = IndexSet.Empty;

    /// <summary>These, and those that completed since.</summary>
    public IndexSet SucceededIndexes { get; private set; } = IndexSet.Empty;

    /// <summary>The indexes that failed for good; null unless failures are limited per index.</summary>
    public IndexSet? FailedIndexes { get; private set; }

    /// <summary>By index the failed pod that stays until its replacement is there, which takes over the number of failures.</summary>
    public Dictionary<int, V1Pod> Replaced { get; } = [];

    /// <summary>How the job ends, where it does.</summary>
    public V1JobCondition? Finished { get; set; }

    /// <summary>When to look again, where no event says so.</summary>
    public TimeSpan? LookAgain { get; private set; }

    public void LookAgainAfter(TimeSpan delay)
    {
        if (LookAgain is null || delay < LookAgain) LookAgain = delay;
    }

    /// <summary>Whether the pod's end is still to be counted.</summary>
    public bool IsTracked(V1Pod pod) => JobPodFacts.IsTracked(pod) && !_released.Contains(pod.Metadata.Uid);

    /// <summary>Whether the pod has an index that the job has too; of jobs without indexes every pod has.</summary>
    public bool HasValidIndex(V1Pod pod) => !IsIndexed || ValidIndex(pod) is not null;

    public int? ValidIndex(V1Pod pod) => JobPodFacts.Index(pod) is { } index && index < Spec.Completions ? index : null;

    private IEnumerable<V1Pod> UncountedPods(IList<string> mentioned) => Pods.Where(p => IsTracked(p) && !mentioned.Contains(p.Metadata.Uid) && HasValidIndex(p));

    private void LookAtIndexes()
    {
        var completions = Spec.Completions ?? 0;
        CountedIndexes = IndexSet.Parse(Status.CompletedIndexes, completions);
        SucceededIndexes = CountedIndexes.Union(IndexSet.Of(Pods.Where(p => JobPodFacts.Succeeded(p) && JobPodFacts.IsTracked(p)).Select(ValidIndex).OfType<int>()));
        Succeeded = SucceededIndexes.Count;
        if (!LimitsIndexes) return;
        FailedIndexes = IndexSet.Parse(Status.FailedIndexes, completions)
            .Union(IndexSet.Of(Pods.Where(p => JobPodFacts.IsTracked(p) && FailsItsIndex(p)).Select(ValidIndex).OfType<int>().Where(i => !SucceededIndexes.Contains(i))));
        var active = ActivePods.Select(ValidIndex).OfType<int>().ToHashSet();
        foreach (var pod in Pods.Where(p => IsTracked(p) && JobPodFacts.Failed(p, Spec)))
        {
            if (ValidIndex(pod) is not { } index || active.Contains(index) || SucceededIndexes.Contains(index) || FailedIndexes.Contains(index)) continue;
            if (!Replaced.TryGetValue(index, out var known) || IsLater(pod, known)) Replaced[index] = pod;
        }
    }

    private bool FailsItsIndex(V1Pod pod)
    {
        if (!JobPodFacts.Failed(pod, Spec)) return false;
        var policy = FailurePolicy.Match(Spec, pod);
        return policy.Action == "FailIndex" || (policy.Counts && JobPodFacts.FailureCount(pod) >= Spec.BackoffLimitPerIndex);
    }

    private static bool IsLater(V1Pod pod, V1Pod known) => Failures(known) <= Failures(pod) && JobPodFacts.FinishedAt(pod) >= JobPodFacts.FinishedAt(known);

    private static int Failures(V1Pod pod) => JobPodFacts.FailureCount(pod) + JobPodFacts.IgnoredFailureCount(pod);
}
