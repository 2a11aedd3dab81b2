using Minik8s.ControlLoop;

namespace Minik8s.Scheduler;

/// <summary>How the scheduler works.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The name of the default scheduler.</summary>
    public const string DefaultSchedulerName = "default-scheduler";

    /// <summary>Only pods with this <c>spec.schedulerName</c> are placed; also the component in events.</summary>
    public string SchedulerName { get; init; } = DefaultSchedulerName;

    /// <summary>Where several schedulers run: the lease that decides which one works. Null: this is the only one.</summary>
    public LeaderElectionOptions? LeaderElection { get; init; }

    /// <summary>How many bindings are on their way to the API server at a time.</summary>
    public int BindWorkers { get; init; } = 16;

    /// <summary>The wait after a pod's first failure, doubled with each further one.</summary>
    public TimeSpan InitialBackOff { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest such wait.</summary>
    public TimeSpan MaxBackOff { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>After this time a pod that fits nowhere is tried again even where nothing seems to have changed.</summary>
    public TimeSpan UnschedulableTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a bound pod is counted on its node without the API server's confirmation.</summary>
    public TimeSpan AssumedTimeout { get; init; } = TimeSpan.FromMinutes(1);
}
