namespace Minik8s.ControlLoop;

/// <summary>What follows on a reconcile that did not fail.</summary>
public readonly record struct ReconcileResult
{
    /// <summary>Nothing until the next event.</summary>
    public static ReconcileResult Done => default;

    /// <summary>Again, with the back-off of the key: progress waits on something that gives no event.</summary>
    public static ReconcileResult Again => new() { BackOff = true };

    /// <summary>Again after this time, where no event would say so.</summary>
    public TimeSpan? RequeueAfter { get; private init; }

    internal bool BackOff { get; private init; }

    /// <summary>Again after a time.</summary>
    public static ReconcileResult After(TimeSpan delay) => new() { RequeueAfter = delay };
}
