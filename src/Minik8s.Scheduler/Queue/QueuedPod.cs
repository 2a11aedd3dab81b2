using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Queue;

/// <summary>A pod in the queue. Only the queue changes it, under its lock.</summary>
internal sealed class QueuedPod(PodInfo pod)
{
    public PodInfo Pod { get; set; } = pod;

    public QueuePlace Place { get; set; }

    /// <summary>How often it was taken out to be placed.</summary>
    public int Attempts { get; set; }

    /// <summary>The order among pods of one priority.</summary>
    public long Sequence { get; set; }

    /// <summary>When the last attempt failed.</summary>
    public DateTimeOffset FailedAt { get; set; }

    /// <summary>When it is tried again at the latest.</summary>
    public DateTimeOffset Due { get; set; }

    /// <summary>What could make it fit.</summary>
    public WakeUps WakeUps { get; set; }

    /// <summary>What happened while it was being placed.</summary>
    public WakeUps Missed { get; set; }

    /// <summary>The pod itself was changed while it was being placed.</summary>
    public bool Changed { get; set; }
}
