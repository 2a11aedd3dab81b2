using k8s.Models;
using Minik8s.Client.Json;
using Minik8s.ControlLoop;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler;

/// <summary>Carries the changes of pods and nodes into the scheduler's queue and its picture of the cluster.</summary>
internal sealed class ClusterEvents(string schedulerName, SchedulingQueue queue, ClusterState state) : IResourceHandler<V1Pod>, IResourceHandler<V1Node>
{
    public void Added(V1Pod pod, bool initial) => Take(null, pod);

    public void Updated(V1Pod old, V1Pod now) => Take(old, now);

    public void Deleted(V1Pod last)
    {
        queue.Remove(last.Metadata.Uid);
        if (state.RemovePod(last.Metadata.Uid)) queue.Wake(WakeUps.PodRemoved);
    }

    public void Added(V1Node node, bool initial)
    {
        state.SetNode(node);
        queue.Wake(WakeUps.Node);
    }

    public void Updated(V1Node old, V1Node now)
    {
        // Heartbeats come all the time and change nothing here.
        if (!Differ(old, now)) return;
        state.SetNode(now);
        queue.Wake(WakeUps.Node);
    }

    public void Deleted(V1Node last) => state.RemoveNode(last.Metadata.Name);

    private static bool IsOver(V1Pod pod) => pod.Status?.Phase is "Succeeded" or "Failed";

    private static bool IsAssigned(V1Pod pod) => !string.IsNullOrEmpty(pod.Spec?.NodeName);

    private void Take(V1Pod? old, V1Pod pod)
    {
        var uid = pod.Metadata.Uid;
        if (IsOver(pod))
        {
            queue.Remove(uid);
            if (state.RemovePod(uid)) queue.Wake(WakeUps.PodRemoved);
        }
        else if (IsAssigned(pod))
        {
            TakeAssigned(old, pod);
        }
        else if (pod.Spec is not null && pod.Spec.SchedulerName == schedulerName && pod.Metadata.DeletionTimestamp is null && !(pod.Spec.SchedulingGates?.Count > 0))
        {
            queue.Set(new PodInfo(pod), changed: old is not null && SpecDiffers(old, pod));
        }
        else
        {
            queue.Remove(uid);
        }
    }

    private void TakeAssigned(V1Pod? old, V1Pod pod)
    {
        queue.Remove(pod.Metadata.Uid);
        // A status written by the kubelet changes nothing of what the pod takes.
        if (old is not null && IsAssigned(old) && !SpecDiffers(old, pod)) return;
        state.SetPod(pod);
        if (old is not null && IsAssigned(old)) queue.Wake(WakeUps.PodRemoved);
    }

    private static bool SpecDiffers(V1Pod old, V1Pod now)
    {
        if (!SameEntries(old.Metadata.Labels, now.Metadata.Labels)) return true;
        if (old.Metadata.Generation is { } before && now.Metadata.Generation is { } after) return before != after;
        return !ModelJson.Write(old.Spec).AsSpan().SequenceEqual(ModelJson.Write(now.Spec));
    }

    private static bool Differ(V1Node old, V1Node now) =>
        (old.Spec?.Unschedulable ?? false) != (now.Spec?.Unschedulable ?? false)
        || !SameEntries(old.Metadata.Labels, now.Metadata.Labels)
        || !SameTaints(old.Spec?.Taints ?? [], now.Spec?.Taints ?? [])
        || !SameEntries(old.Status?.Allocatable, now.Status?.Allocatable);

    private static bool SameTaints(IList<V1Taint> a, IList<V1Taint> b) =>
        a.Count == b.Count && a.Zip(b).All(p => p.First.Key == p.Second.Key && p.First.Value == p.Second.Value && p.First.Effect == p.Second.Effect);

    private static bool SameEntries<TValue>(IDictionary<string, TValue>? a, IDictionary<string, TValue>? b)
    {
        if ((a?.Count ?? 0) != (b?.Count ?? 0)) return false;
        return a is null || b is null || a.All(e => b.TryGetValue(e.Key, out var value) && EqualityComparer<TValue>.Default.Equals(value, e.Value));
    }
}
