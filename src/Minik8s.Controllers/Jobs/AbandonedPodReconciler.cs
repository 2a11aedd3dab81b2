using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Lets go of pods that a job's finalizer holds, when no job will count them any more: nothing else would ever let them be deleted.</summary>
internal sealed class AbandonedPodReconciler(ILister<V1Job> jobs, ILister<V1Pod> pods, ResourceClient<V1Pod> client)
{
    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pods.Get(key) is { } pod && IsAbandoned(pod, jobs)) await JobPodRelease.ReleaseAsync(client, pod, cancellationToken);
        return ReconcileResult.Done;
    }

    public static bool IsAbandoned(V1Pod pod, ILister<V1Job> jobs)
    {
        if (!JobPodFacts.IsTracked(pod)) return false;
        if (OwnerReferences.Controller(pod.Metadata) is not { } owner) return true;
        if (owner is not { Kind: "Job", ApiVersion: "batch/v1" }) return false;
        var job = jobs.Get(new ObjectKey(pod.Metadata.NamespaceProperty, owner.Name));
        if (job is null || job.Metadata.Uid != owner.Uid) return true;
        return JobConditions.IsFinished(job) && !JobReconciler.IsManagedElsewhere(job);
    }
}
