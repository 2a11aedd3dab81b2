using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>Whether a node is one of a DaemonSet's.</summary>
/// <param name="ShouldRun">A pod is to be there.</param>
/// <param name="MayStay">One that is there already may stay.</param>
internal readonly record struct DaemonPlacement(bool ShouldRun, bool MayStay)
{
    public static DaemonPlacement Of(V1DaemonSet set, V1Node node)
    {
        var spec = set.Spec.Template.Spec;
        if (!string.IsNullOrEmpty(spec.NodeName) && spec.NodeName != node.Metadata.Name) return default;
        if (!NodeSelection.Matches(spec, node)) return default;
        List<V1Toleration> tolerations = [.. spec.Tolerations ?? [], .. DaemonPods.Tolerations(spec)];
        var untolerated = (node.Spec?.Taints ?? []).Where(t => t.Effect is "NoSchedule" or "NoExecute" && !Tolerations.Tolerate(tolerations, t)).ToList();
        // A taint that keeps new pods away does not drive out those that are there.
        return untolerated.Count == 0 ? new(true, true) : new(false, untolerated.All(t => t.Effect != "NoExecute"));
    }
}
