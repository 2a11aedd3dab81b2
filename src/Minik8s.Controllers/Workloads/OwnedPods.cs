using k8s;
using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Workloads;

/// <summary>Leads the changes of pods to the queue of the owners that control them, and to those that might adopt them; and keeps their expectations.</summary>
internal sealed class OwnedPods<T>(ILister<T> owners, Func<T, ObjectSelector> selector, Expectations expectations, WorkQueue<ObjectKey> queue) : IResourceHandler<V1Pod>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly string _kind = ResourceNames.Of<T>().Kind;

    public void Added(V1Pod pod, bool initial)
    {
        if (PodStates.IsTerminating(pod))
        {
            // It may have been on its way out when this process started.
            Deleted(pod);
        }
        else if (Owner(pod) is { } owner)
        {
            expectations.CreationObserved(owner);
            queue.Add(owner);
        }
        else if (OwnerReferences.Controller(pod.Metadata) is null)
        {
            EnqueueAdopters(pod);
        }
    }

    public void Updated(V1Pod old, V1Pod now)
    {
        if (ReferenceEquals(old, now)) return;
        var labelsChanged = !SameLabels(old, now);
        if (PodStates.IsTerminating(now))
        {
            // A replacement is wanted now, not when the kubelet is done with it.
            Deleted(now);
            if (labelsChanged) Deleted(old);
            return;
        }

        var (before, after) = (OwnerReferences.Controller(old.Metadata)?.Uid, OwnerReferences.Controller(now.Metadata)?.Uid);
        if (before != after && Owner(old) is { } former) queue.Add(former);
        if (after is not null)
        {
            if (Owner(now) is { } owner) queue.Add(owner);
        }
        else if (labelsChanged || before != after)
        {
            EnqueueAdopters(now);
        }
    }

    public void Deleted(V1Pod last)
    {
        if (Owner(last) is not { } owner) return;
        expectations.DeletionObserved(owner, last.Metadata.Uid);
        queue.Add(owner);
    }

    private ObjectKey? Owner(V1Pod pod)
    {
        if (OwnerReferences.Controller(pod.Metadata) is not { } reference || reference.Kind != _kind) return null;
        var key = new ObjectKey(pod.Metadata.NamespaceProperty, reference.Name);
        return owners.Get(key)?.Metadata.Uid == reference.Uid ? key : null;
    }

    private void EnqueueAdopters(V1Pod pod)
    {
        if (pod.Metadata.Labels is not { Count: > 0 }) return;
        foreach (var owner in owners.ByIndex(Indexes.Namespace, pod.Metadata.NamespaceProperty))
        {
            if (selector(owner).Matches(pod.Metadata.Labels)) queue.Add(ObjectKey.Of(owner));
        }
    }

    private static bool SameLabels(V1Pod a, V1Pod b)
    {
        var (x, y) = (a.Metadata.Labels, b.Metadata.Labels);
        return (x?.Count ?? 0) == (y?.Count ?? 0) && (x is null || x.All(l => y!.TryGetValue(l.Key, out var value) && value == l.Value));
    }
}
