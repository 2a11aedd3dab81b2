using k8s.Models;

namespace Minik8s.Controllers.Deployments;

/// <summary>The conditions of a Deployment, with Kubernetes' reasons.</summary>
internal static class DeploymentConditions
{
    public const string Available = "Available";
    public const string Progressing = "Progressing";
    public const string ReplicaFailure = "ReplicaFailure";

    public const string NewReplicaSetAvailable = "NewReplicaSetAvailable";
    public const string ReplicaSetUpdated = "ReplicaSetUpdated";
    public const string TimedOut = "ProgressDeadlineExceeded";
    public const string Paused = "DeploymentPaused";
    public const string Resumed = "DeploymentResumed";
    public const string NewReplicaSetCreated = "NewReplicaSetCreated";
    public const string FoundNewReplicaSet = "FoundNewReplicaSet";
    public const string ReplicaSetCreateError = "ReplicaSetCreateError";

    public static V1DeploymentCondition? Find(IEnumerable<V1DeploymentCondition>? conditions, string type) => conditions?.FirstOrDefault(c => c.Type == type);

    public static V1DeploymentCondition Make(string type, string status, string reason, string message, DateTimeOffset now) => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastUpdateTime = Seconds(now),
        LastTransitionTime = Seconds(now),
    };

    /// <summary>The list with this condition in it; one of the same status and reason stays as it is, and one of the same status keeps the time of its transition.</summary>
    public static List<V1DeploymentCondition> With(IEnumerable<V1DeploymentCondition>? conditions, V1DeploymentCondition condition)
    {
        var list = (conditions ?? []).ToList();
        var present = Find(list, condition.Type);
        if (present is not null && present.Status == condition.Status && present.Reason == condition.Reason) return list;
        if (present is not null && present.Status == condition.Status) condition = condition with { LastTransitionTime = present.LastTransitionTime };
        list.RemoveAll(c => c.Type == condition.Type);
        list.Add(condition);
        return list;
    }

    public static List<V1DeploymentCondition> Without(IEnumerable<V1DeploymentCondition>? conditions, string type) => [.. (conditions ?? []).Where(c => c.Type != type)];

    // As it will be read back: a difference in fractions would look like a change.
    private static DateTime Seconds(DateTimeOffset time) => new(time.UtcTicks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, DateTimeKind.Utc);
}
