namespace Minik8s.ControlLoop;

/// <summary>The lease by which several instances of a component agree on who works, and its times (client-go's defaults).</summary>
public sealed record LeaderElectionOptions
{
    /// <summary>The lease's name, such as <c>kube-scheduler</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The lease's namespace.</summary>
    public string Namespace { get; init; } = "kube-system";

    /// <summary>Who this instance is; differs between all instances.</summary>
    public required string Identity { get; init; }

    /// <summary>How long others wait after the last renewal before they take over.</summary>
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long the leader tries to renew before it stops working; less than <see cref="LeaseDuration"/>.</summary>
    public TimeSpan RenewDeadline { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause between tries.</summary>
    public TimeSpan RetryPeriod { get; init; } = TimeSpan.FromSeconds(2);
}
