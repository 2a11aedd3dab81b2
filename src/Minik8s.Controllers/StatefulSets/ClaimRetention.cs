using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>
/// Whether the claims of a StatefulSet outlive it, or its pods, when it is scaled down (KEP-1847): one that does not has an owner with which it is collected.
/// </summary>
internal static class ClaimRetention
{
    /// <summary>The owner references that a claim should have; null when it has them.</summary>
    /// <param name="set">The set.</param>
    /// <param name="claim">The claim.</param>
    /// <param name="pod">The pod of its ordinal; null when there is none.</param>
    /// <param name="condemned">Whether the ordinal is beyond the number of replicas.</param>
    public static List<V1OwnerReference>? Owners(V1StatefulSet set, V1PersistentVolumeClaim claim, V1Pod? pod, bool condemned)
    {
        var policy = set.Spec.PersistentVolumeClaimRetentionPolicy;
        var withPod = policy?.WhenScaled == "Delete" && condemned && pod is not null;
        var withSet = policy?.WhenDeleted == "Delete" && !withPod;
        var present = claim.Metadata.OwnerReferences ?? [];
        // What others made own it stays.
        var wanted = present.Where(o => o.Uid != set.Metadata.Uid && o.Kind != "Pod").ToList();
        if (withSet) wanted.Add(Reference(OwnerReferences.To(set)));
        if (withPod) wanted.Add(Reference(OwnerReferences.To(pod!)));
        return wanted.Count == present.Count && wanted.All(o => present.Any(p => p.Uid == o.Uid)) ? null : wanted;
    }

    private static V1OwnerReference Reference(V1OwnerReference owner) => owner with { BlockOwnerDeletion = null };
}
