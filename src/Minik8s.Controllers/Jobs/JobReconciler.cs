using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Runs the pods of a job until it is complete or has failed.</summary>
internal sealed class JobReconciler
{
    /// <summary>The value of <c>spec.managedBy</c> that means this controller.</summary>
    public const string ManagerName = "kubernetes.io/job-controller";

    private readonly ILister<V1Job> _jobs;
    private readonly ILister<V1Pod> _pods;
    private readonly IEventRecorder _events;
    private readonly Expectations _expectations;
    private readonly JobMemory _memory;
    private readonly TimeProvider _time;
    private readonly PodBackOff _backOff = new();
    private readonly ClaimCollection<V1Job, V1Pod> _claims;
    private readonly JobPodManager _manager;
    private readonly JobTracking _tracking;

    public JobReconciler(ILister<V1Job> jobs, ILister<V1Pod> pods, KubeClient client, IEventRecorder events, Expectations expectations, JobMemory memory, TimeProvider time)
    {
        (_jobs, _pods, _events, _expectations, _memory, _time) = (jobs, pods, events, expectations, memory, time);
        var (jobClient, podClient) = (client.Resource<V1Job>(), client.Resource<V1Pod>());
        _claims = new(jobClient, podClient, JobPodFacts.Finalizer);
        _manager = new(podClient, events, expectations, _backOff, time);
        _tracking = new(jobClient, podClient, events, memory, _backOff, time);
    }

    public static bool IsManagedElsewhere(V1Job job) => job.Spec.ManagedBy is { } manager && manager != ManagerName;

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (_jobs.Get(key) is not { } cached)
        {
            _expectations.Forget(key);
            _memory.Forget(key);
            _backOff.Forget(key);
            return ReconcileResult.Done;
        }

        if (IsManagedElsewhere(cached)) return ReconcileResult.Done;
        if (JobConditions.IsFinished(cached))
        {
            _backOff.Forget(key);
            return ReconcileResult.Done;
        }

        // The event that brings the status written last brings the job here again.
        if (!_memory.IsCurrent(cached)) return ReconcileResult.Done;
        // Read before the pods: what is observed in between is then looked at in the next pass.
        var current = _expectations.AreMet(key);
        var released = _memory.Released(key);
        var candidates = _pods.ByIndex(Indexes.OwnerUid, cached.Metadata.Uid).Concat(_pods.ByIndex(OwnerReferences.OrphanIndex, key.Namespace));
        var claimed = await _claims.ClaimAsync(cached, ObjectSelector.From(cached.Spec.Selector), candidates, cancellationToken);
        var pass = new JobPass(ModelJson.Copy(cached), claimed, released);
        if (!pass.IsSuspended) pass.Status.StartTime ??= _time.GetUtcNow().UtcDateTime;
        pass.Finished = JobVerdict.Decide(pass, _time.GetUtcNow());
        var (failure, conditionChanged) = pass.Finished is not null ? (await EndAsync(pass, current, cancellationToken), false) : await WorkAsync(key, pass, current, cancellationToken);
        var changed = NoteCounts(pass) | conditionChanged;
        var more = await _tracking.TrackAsync(key, pass, changed, cancellationToken);
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        if (more) return ReconcileResult.After(TimeSpan.Zero);
        return pass.LookAgain is { } delay ? ReconcileResult.After(delay) : ReconcileResult.Done;
    }

    private async Task<Exception?> EndAsync(JobPass pass, bool current, CancellationToken cancellationToken)
    {
        var (all, failure) = await _manager.EndAsync(pass, cancellationToken);
        // There may be pods that still run, or that the cache does not show yet.
        if (!all || !current) pass.Finished = null;
        return failure;
    }

    private async Task<(Exception? Failure, bool ConditionChanged)> WorkAsync(ObjectKey key, JobPass pass, bool current, CancellationToken cancellationToken)
    {
        var manage = current && pass.Job.Metadata.DeletionTimestamp is null;
        var failure = manage ? await _manager.ManageAsync(key, pass, cancellationToken) : null;
        pass.Finished = JobVerdict.Completion(pass, _time.GetUtcNow());
        return (failure, pass.Finished is null && manage && NoteSuspension(pass));
    }

    private bool NoteSuspension(JobPass pass)
    {
        var now = _time.GetUtcNow();
        if (pass.IsSuspended)
        {
            if (!JobConditions.Set(pass.Status, JobConditions.New(JobConditions.Suspended, "JobSuspended", "Job suspended", now))) return false;
            _events.Normal(pass.Job, "Suspended", "Job suspended");
            return true;
        }

        if (!JobConditions.Set(pass.Status, JobConditions.New(JobConditions.Suspended, "JobResumed", "Job resumed", now, "False"))) return false;
        _events.Normal(pass.Job, "Resumed", "Job resumed");
        // The deadline counts from here: it is about the time that the job is active without a break.
        pass.Status.StartTime = now.UtcDateTime;
        if (pass.Spec.ActiveDeadlineSeconds is { } seconds) pass.LookAgainAfter(TimeSpan.FromSeconds(seconds));
        return true;
    }

    private static bool NoteCounts(JobPass pass)
    {
        var status = pass.Status;
        var changed = pass.Active != (status.Active ?? 0) || pass.Ready != status.Ready || pass.Terminating != status.Terminating;
        status.Active = pass.Active == 0 ? null : pass.Active;
        status.Ready = pass.Ready;
        status.Terminating = pass.Terminating;
        return changed;
    }
}
