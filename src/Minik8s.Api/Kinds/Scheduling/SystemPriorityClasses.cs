namespace Minik8s.Api.Kinds.Scheduling;

/// <summary>The priority classes that every cluster has, above what users may define.</summary>
public static class SystemPriorityClasses
{
    /// <summary>The highest value that a user's class may have.</summary>
    public const long HighestForUsers = 1_000_000_000;

    public static IReadOnlyList<(string Name, long Value, string Description)> All { get; } =
    [
        ("system-node-critical", (2 * HighestForUsers) + 1000, "Used for system critical pods that must not be moved from their current node."),
        ("system-cluster-critical", 2 * HighestForUsers, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
    ];
}
