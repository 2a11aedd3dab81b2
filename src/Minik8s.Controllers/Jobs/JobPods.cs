using k8s.Models;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Leads the changes of pods to their jobs, and the pods that a job's finalizer holds although there is no such job to the ones who let them go.</summary>
internal sealed class JobPods(ILister<V1Job> jobs, Expectations expectations, JobMemory memory, WorkQueue<ObjectKey> queue, WorkQueue<ObjectKey> abandoned) : IResourceHandler<V1Pod>
{
    private readonly OwnedPods<V1Job> _owned = new(jobs, job => ObjectSelector.From(job.Spec.Selector), expectations, queue);

    public void Added(V1Pod pod, bool initial)
    {
        _owned.Added(pod, initial);
        Look(pod);
    }

    public void Updated(V1Pod old, V1Pod now)
    {
        _owned.Updated(old, now);
        Look(now);
    }

    public void Deleted(V1Pod last)
    {
        _owned.Deleted(last);
        if (Owner(last) is { } job) memory.ReleaseObserved(job, last.Metadata.Uid);
    }

    private void Look(V1Pod pod)
    {
        if (AbandonedPodReconciler.IsAbandoned(pod, jobs)) abandoned.Add(ObjectKey.Of(pod));
        if (!JobPodFacts.IsTracked(pod) && Owner(pod) is { } job) memory.ReleaseObserved(job, pod.Metadata.Uid);
    }

    private static ObjectKey? Owner(V1Pod pod) =>
        OwnerReferences.Controller(pod.Metadata) is { Kind: "Job" } reference ? new ObjectKey(pod.Metadata.NamespaceProperty, reference.Name) : null;
}
