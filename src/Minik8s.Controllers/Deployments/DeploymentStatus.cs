using k8s.Models;
using static Minik8s.Controllers.Deployments.DeploymentConditions;

namespace Minik8s.Controllers.Deployments;

/// <summary>Works the status of a Deployment out from its ReplicaSets.</summary>
internal static class DeploymentStatus
{
    private const int NoDeadline = int.MaxValue;

    public static bool HasDeadline(V1Deployment deployment) => deployment.Spec.ProgressDeadlineSeconds is { } seconds && seconds != NoDeadline;

    /// <summary>The counts and the condition of availability.</summary>
    public static V1DeploymentStatus Make(V1Deployment deployment, IReadOnlyList<V1ReplicaSet> all, V1ReplicaSet? current, DateTimeOffset now)
    {
        var available = all.Sum(rs => rs.Status?.AvailableReplicas ?? 0);
        var enough = available >= RolloutLimits.Replicas(deployment) - RolloutLimits.MaxUnavailable(deployment);
        var condition = enough
            ? DeploymentConditions.Make(Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
            : DeploymentConditions.Make(Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now);
        return new V1DeploymentStatus
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = Count(all.Sum(rs => rs.Status?.Replicas ?? 0)),
            UpdatedReplicas = Count(current?.Status?.Replicas ?? 0),
            ReadyReplicas = Count(all.Sum(rs => rs.Status?.ReadyReplicas ?? 0)),
            AvailableReplicas = Count(available),
            UnavailableReplicas = Count(Math.Max(0, all.Sum(rs => rs.Spec.Replicas ?? 1) - available)),
            // Not known until each of them has counted.
            TerminatingReplicas = all.All(rs => rs.Status?.TerminatingReplicas is not null) ? all.Sum(rs => rs.Status.TerminatingReplicas!.Value) : null,
            CollisionCount = deployment.Status?.CollisionCount,
            Conditions = With(deployment.Status?.Conditions, condition),
        };
    }

    /// <summary>The same, with what there is to say about the progress of the rollout.</summary>
    public static V1DeploymentStatus MakeForRollout(V1Deployment deployment, IReadOnlyList<V1ReplicaSet> all, V1ReplicaSet? current, DateTimeOffset now)
    {
        var status = Make(deployment, all, current, now);
        if (!HasDeadline(deployment)) status.Conditions = Without(status.Conditions, Progressing);
        var progress = Find(deployment.Status?.Conditions, Progressing);
        var finished = (status.Replicas ?? 0) == (status.UpdatedReplicas ?? 0) && progress?.Reason == NewReplicaSetAvailable;
        if (HasDeadline(deployment) && !finished) AddProgress(deployment, status, current, progress, now);
        status.Conditions = Failure(all, current) is { } failure ? With(status.Conditions, failure) : Without(status.Conditions, ReplicaFailure);
        return status;
    }

    /// <summary>Whether every wanted pod is there, new and available, and none else.</summary>
    public static bool IsComplete(V1Deployment deployment, V1DeploymentStatus? status)
    {
        var wanted = RolloutLimits.Replicas(deployment);
        return (status?.UpdatedReplicas ?? 0) == wanted && (status?.Replicas ?? 0) == wanted && (status?.AvailableReplicas ?? 0) == wanted
            && (status?.ObservedGeneration ?? 0) >= (deployment.Metadata.Generation ?? 0);
    }

    /// <summary>When a rollout that stands still has to be looked at again, so that its deadline is seen to pass.</summary>
    public static TimeSpan? NextCheck(V1Deployment deployment, V1DeploymentStatus status, DateTimeOffset now)
    {
        var progress = Find(status.Conditions, Progressing);
        if (!HasDeadline(deployment) || progress?.LastUpdateTime is not { } updated || progress.Reason is TimedOut or NewReplicaSetAvailable || IsComplete(deployment, status)) return null;
        var left = new DateTimeOffset(updated, TimeSpan.Zero) + TimeSpan.FromSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value + 1) - now;
        return left > TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1);
    }

    public static bool Same(V1DeploymentStatus? a, V1DeploymentStatus b) =>
        a is not null && a.ObservedGeneration == b.ObservedGeneration && (a.Replicas ?? 0) == (b.Replicas ?? 0) && (a.UpdatedReplicas ?? 0) == (b.UpdatedReplicas ?? 0)
        && (a.ReadyReplicas ?? 0) == (b.ReadyReplicas ?? 0) && (a.AvailableReplicas ?? 0) == (b.AvailableReplicas ?? 0) && (a.UnavailableReplicas ?? 0) == (b.UnavailableReplicas ?? 0)
        && a.TerminatingReplicas == b.TerminatingReplicas && a.CollisionCount == b.CollisionCount && (a.Conditions ?? []).SequenceEqual(b.Conditions ?? []);

    private static void AddProgress(V1Deployment deployment, V1DeploymentStatus status, V1ReplicaSet? current, V1DeploymentCondition? progress, DateTimeOffset now)
    {
        var subject = current is null ? $"Deployment \"{deployment.Metadata.Name}\"" : $"ReplicaSet \"{current.Metadata.Name}\"";
        if (IsComplete(deployment, status))
        {
            status.Conditions = With(status.Conditions, DeploymentConditions.Make(Progressing, "True", NewReplicaSetAvailable, $"{subject} has successfully progressed.", now));
        }
        else if (IsProgressing(deployment.Status, status))
        {
            // Replaced even where only its time differs: the deadline counts from the last progress.
            var condition = DeploymentConditions.Make(Progressing, "True", ReplicaSetUpdated, $"{subject} is progressing.", now);
            if (progress?.Status == "True") condition = condition with { LastTransitionTime = progress.LastTransitionTime };
            status.Conditions = With(Without(status.Conditions, Progressing), condition);
        }
        else if (HasTimedOut(deployment, progress, now))
        {
            status.Conditions = With(status.Conditions, DeploymentConditions.Make(Progressing, "False", TimedOut, $"{subject} has timed out progressing.", now));
        }
    }

    private static bool IsProgressing(V1DeploymentStatus? before, V1DeploymentStatus after)
    {
        int Old(V1DeploymentStatus? status) => (status?.Replicas ?? 0) - (status?.UpdatedReplicas ?? 0);
        return (after.UpdatedReplicas ?? 0) > (before?.UpdatedReplicas ?? 0) || Old(after) < Old(before)
            || (after.ReadyReplicas ?? 0) > (before?.ReadyReplicas ?? 0) || (after.AvailableReplicas ?? 0) > (before?.AvailableReplicas ?? 0);
    }

    private static bool HasTimedOut(V1Deployment deployment, V1DeploymentCondition? progress, DateTimeOffset now)
    {
        if (progress is null || progress.Reason == NewReplicaSetAvailable) return false;
        if (progress.Reason == TimedOut) return true;
        return progress.LastUpdateTime is { } updated && new DateTimeOffset(updated, TimeSpan.Zero) + TimeSpan.FromSeconds(deployment.Spec.ProgressDeadlineSeconds!.Value) < now;
    }

    private static V1DeploymentCondition? Failure(IReadOnlyList<V1ReplicaSet> all, V1ReplicaSet? current)
    {
        var failed = new[] { current }.Concat(all).Select(rs => rs?.Status?.Conditions?.FirstOrDefault(c => c.Type == ReplicaFailure)).FirstOrDefault(c => c is not null);
        return failed is null ? null : new V1DeploymentCondition
        {
            Type = ReplicaFailure,
            Status = failed.Status,
            Reason = failed.Reason,
            Message = failed.Message,
            LastTransitionTime = failed.LastTransitionTime,
            LastUpdateTime = failed.LastTransitionTime,
        };
    }

    private static int? Count(int number) => number == 0 ? null : number;
}
