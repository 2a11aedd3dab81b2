using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Deployments;

/// <summary>How many pods each ReplicaSet of a Deployment is to have next. Pure: numbers in, numbers out.</summary>
internal static class ScalePlan
{
    public static int Size(V1ReplicaSet rs) => rs.Spec.Replicas ?? 1;

    public static int Total(IEnumerable<V1ReplicaSet> all) => all.Sum(Size);

    /// <summary>How far the new ReplicaSet may grow now, beside the old ones (a rolling update), or at once (Recreate).</summary>
    public static int NewSize(V1Deployment deployment, IEnumerable<V1ReplicaSet> old, int currentSize)
    {
        var wanted = RolloutLimits.Replicas(deployment);
        if (!RolloutLimits.IsRolling(deployment)) return wanted;
        var room = wanted + IntOrPercent.Scale(deployment.Spec.Strategy?.RollingUpdate?.MaxSurge?.Value, wanted, up: true) - Total(old) - currentSize;
        return room <= 0 ? currentSize : currentSize + Math.Min(room, wanted - currentSize);
    }

    /// <summary>The old ReplicaSets that can shrink in a rolling update, to which size: first their pods that do not work anyway, then working ones as far as enough stay.</summary>
    public static List<(V1ReplicaSet ReplicaSet, int Size)> ShrinkOld(V1Deployment deployment, IReadOnlyList<V1ReplicaSet> old, V1ReplicaSet current)
    {
        var sizes = ReplicaSetObjects.ByAge(old).Where(rs => Size(rs) > 0).Select(rs => (ReplicaSet: rs, Size: Size(rs))).ToList();
        if (sizes.Count == 0) return [];
        var minAvailable = RolloutLimits.Replicas(deployment) - RolloutLimits.MaxUnavailable(deployment);
        // New pods that do not work yet must not count as a reason to stop old ones.
        var room = Total(old) + Size(current) - minAvailable - (Size(current) - Available(current));
        if (room <= 0) return [];

        for (var i = 0; i < sizes.Count && room > 0; i++)
        {
            var (rs, size) = sizes[i];
            var broken = Math.Min(room, size - Available(rs));
            if (broken <= 0) continue;
            sizes[i] = (rs, size - broken);
            room -= broken;
        }

        var spare = old.Sum(Available) + Available(current) - minAvailable;
        for (var i = 0; i < sizes.Count && spare > 0; i++)
        {
            var (rs, size) = sizes[i];
            var less = Math.Min(size, spare);
            sizes[i] = (rs, size - less);
            spare -= less;
        }

        return [.. sizes.Where(s => s.Size != Size(s.ReplicaSet))];
    }

    /// <summary>
    /// The sizes when the Deployment is scaled in the middle of a rollout: each ReplicaSet gets its share, so that the risk stays spread as it was (proportional scaling).
    /// </summary>
    public static List<(V1ReplicaSet ReplicaSet, int Size)> Proportional(V1Deployment deployment, IEnumerable<V1ReplicaSet> active)
    {
        var sets = active.ToList();
        var wanted = RolloutLimits.Replicas(deployment);
        var allowed = wanted > 0 ? wanted + RolloutLimits.MaxSurge(deployment) : 0;
        var toAdd = allowed - Total(sets);
        // The largest take the most; of equals the newer grow first and the older shrink first.
        var order = toAdd > 0
            ? sets.OrderByDescending(Size).ThenByDescending(rs => rs.Metadata.CreationTimestamp).ThenByDescending(rs => rs.Metadata.Name, StringComparer.Ordinal)
            : sets.OrderByDescending(Size).ThenBy(rs => rs.Metadata.CreationTimestamp).ThenBy(rs => rs.Metadata.Name, StringComparer.Ordinal);
        var sizes = new List<(V1ReplicaSet ReplicaSet, int Size)>();
        var added = 0;
        foreach (var rs in order)
        {
            var share = toAdd == 0 ? 0 : Share(rs, deployment, toAdd, added);
            added += share;
            sizes.Add((rs, Size(rs) + share));
        }

        // What rounding left over goes to the first.
        if (sizes.Count > 0 && toAdd != 0) sizes[0] = (sizes[0].ReplicaSet, Math.Max(0, sizes[0].Size + toAdd - added));
        return sizes;
    }

    private static int Share(V1ReplicaSet rs, V1Deployment deployment, int toAdd, int added)
    {
        if (Size(rs) == 0 || toAdd == added) return 0;
        var fraction = Fraction(rs, deployment);
        return toAdd > 0 ? Math.Min(fraction, toAdd - added) : Math.Max(fraction, toAdd - added);
    }

    private static int Fraction(V1ReplicaSet rs, V1Deployment deployment)
    {
        var wanted = RolloutLimits.Replicas(deployment);
        if (wanted == 0) return -Size(rs);
        var before = RevisionAnnotations.Number(rs.Metadata, RevisionAnnotations.MaxReplicas) is > 0 and var noted ? noted : deployment.Status?.Replicas ?? 0;
        if (before == 0) return 0;
        var size = Size(rs) * (double)(wanted + RolloutLimits.MaxSurge(deployment)) / before;
        return (int)Math.Round(size, MidpointRounding.AwayFromZero) - Size(rs);
    }

    private static int Available(V1ReplicaSet rs) => rs.Status?.AvailableReplicas ?? 0;
}
