using k8s.Models;

namespace Minik8s.Controllers.Jobs;

/// <summary>The conditions of a job, and their reasons.</summary>
internal static class JobConditions
{
    public const string Complete = "Complete";
    public const string Failed = "Failed";
    public const string FailureTarget = "FailureTarget";
    public const string SuccessCriteriaMet = "SuccessCriteriaMet";
    public const string Suspended = "Suspended";

    public static bool IsFinished(V1Job job) => Find(job, Complete) is not null || Find(job, Failed) is not null;

    /// <summary>The condition of that type, where it is true.</summary>
    public static V1JobCondition? Find(V1Job job, string type) => job.Status?.Conditions?.FirstOrDefault(c => c.Type == type && c.Status == "True");

    public static V1JobCondition New(string type, string? reason, string? message, DateTimeOffset now, string status = "True") => new()
    {
        Type = type,
        Status = status,
        Reason = reason,
        Message = message,
        LastProbeTime = now.UtcDateTime,
        LastTransitionTime = now.UtcDateTime,
    };

    /// <summary>Puts a condition in the place of the one of its type. One that is false is not put where there was none.</summary>
    /// <returns>Whether anything changed.</returns>
    public static bool Set(V1JobStatus status, V1JobCondition condition)
    {
        var conditions = status.Conditions ??= [];
        for (var i = 0; i < conditions.Count; i++)
        {
            if (conditions[i].Type != condition.Type) continue;
            if (conditions[i].Status == condition.Status && conditions[i].Reason == condition.Reason && conditions[i].Message == condition.Message) return false;
            conditions[i] = condition;
            return true;
        }

        if (condition.Status != "True") return false;
        conditions.Add(condition);
        return true;
    }
}
