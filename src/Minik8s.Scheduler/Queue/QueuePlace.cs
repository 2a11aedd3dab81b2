namespace Minik8s.Scheduler.Queue;

/// <summary>Where in the queue a pod is.</summary>
internal enum QueuePlace
{
    /// <summary>Next in turn.</summary>
    Active,

    /// <summary>Out of the queue: it is being placed or bound.</summary>
    InFlight,

    /// <summary>It failed a moment ago and waits its back-off out.</summary>
    BackOff,

    /// <summary>It fits nowhere and waits for something to change.</summary>
    Unschedulable,

    /// <summary>No longer in the queue.</summary>
    Gone,
}
