namespace Minik8s.Scheduler.Filters;

/// <summary>The changes of the cluster that can make room for a pod that fitted nowhere.</summary>
[Flags]
internal enum WakeUps
{
    None = 0,

    /// <summary>A node came, or its labels, taints, room or schedulability changed.</summary>
    Node = 1,

    /// <summary>A placed pod went away, finished or was scaled down.</summary>
    PodRemoved = 2,
}
