using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>How far a rollout may go beyond and below the wanted number of pods.</summary>
internal static class RolloutLimits
{
    public static bool IsRolling(V1Deployment deployment) => deployment.Spec.Strategy?.Type != "Recreate";

    public static int Replicas(V1Deployment deployment) => deployment.Spec.Replicas ?? 1;

    /// <summary>How many pods there may be beyond the wanted ones.</summary>
    public static int MaxSurge(V1Deployment deployment) => IsRolling(deployment) ? Resolve(deployment).Surge : 0;

    /// <summary>How many of the wanted pods may be unavailable.</summary>
    public static int MaxUnavailable(V1Deployment deployment) =>
        IsRolling(deployment) && Replicas(deployment) > 0 ? Math.Min(Resolve(deployment).Unavailable, Replicas(deployment)) : 0;

    private static (int Surge, int Unavailable) Resolve(V1Deployment deployment)
    {
        var rolling = deployment.Spec.Strategy?.RollingUpdate;
        var surge = IntOrPercent.Scale(rolling?.MaxSurge?.Value, Replicas(deployment), up: true);
        var unavailable = IntOrPercent.Scale(rolling?.MaxUnavailable?.Value, Replicas(deployment), up: false);
        // Percentages of few pods may both come to nothing, and then nothing would ever move.
        return surge == 0 && unavailable == 0 ? (0, 1) : (surge, unavailable);
    }
}
