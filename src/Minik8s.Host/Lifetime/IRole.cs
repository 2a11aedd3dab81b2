namespace Minik8s.Host.Lifetime;

/// <summary>One component of the cluster as the executable runs it: alone in its process or beside others.</summary>
internal interface IRole
{
    /// <summary>The component's name in logs and errors.</summary>
    string Name { get; }

    /// <summary>
    /// Starts the component. The outer task ends when others may rely on it; the inner one is its life: it ends in good order after
    /// <paramref name="stopping"/>, and any other end is a failure.
    /// </summary>
    Task<Task> StartAsync(CancellationToken stopping);
}
