using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Jobs;

/// <summary>Which running pods a job does not need.</summary>
internal static class JobSurplus
{
    /// <param name="pass">The job.</param>
    /// <param name="atLeast">How many have to go at least.</param>
    /// <param name="now">The time from which ages count.</param>
    public static List<V1Pod> Choose(JobPass pass, int atLeast, DateTimeOffset now)
    {
        if (!pass.IsIndexed) return [.. DeletionOrder.Choose(pass.ActivePods, [], atLeast, now)];
        // Without an index of the job, or one of several with the same.
        List<V1Pod> surplus = [.. pass.ActivePods.Where(p => !pass.HasValidIndex(p))];
        foreach (var same in pass.ActivePods.Where(pass.HasValidIndex).GroupBy(p => pass.ValidIndex(p)).Where(g => g.Count() > 1))
        {
            List<V1Pod> pods = [.. same];
            surplus.AddRange(DeletionOrder.Choose(pods, [], pods.Count - 1, now));
        }

        if (surplus.Count >= atLeast) return surplus;
        List<V1Pod> left = [.. pass.ActivePods.Except(surplus)];
        surplus.AddRange(DeletionOrder.Choose(left, [], atLeast - surplus.Count, now));
        return surplus;
    }
}
