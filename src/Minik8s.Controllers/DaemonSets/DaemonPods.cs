using System.Globalization;
using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.DaemonSets;

/// <summary>The pods of a DaemonSet: what they look like and on which node each of them is, or will be.</summary>
internal static class DaemonPods
{
    public const string HashLabel = "controller-revision-hash";
    public const string GenerationAnnotation = "deprecated.daemonset.template.generation";
    private const string GenerationLabel = "pod-template-generation";
    private const string NameField = "metadata.name";

    /// <summary>The pod for a node: bound to it by affinity, so that the scheduler places it, and tolerating what happens to nodes.</summary>
    public static V1Pod Make(V1DaemonSet set, string node, string? hash)
    {
        var pod = PodControl.FromTemplate(set, set.Spec.Template);
        pod.Metadata.Labels = new Dictionary<string, string>(pod.Metadata.Labels ?? new Dictionary<string, string>());
        if (hash is not null) pod.Metadata.Labels[HashLabel] = hash;
        if (Generation(set) is { } generation) pod.Metadata.Labels[GenerationLabel] = generation.ToString(CultureInfo.InvariantCulture);
        pod.Spec.Tolerations = [.. pod.Spec.Tolerations ?? [], .. Tolerations(pod.Spec).Where(t => pod.Spec.Tolerations?.Any(own => SameTaint(own, t)) != true)];
        pod.Spec.Affinity ??= new V1Affinity();
        pod.Spec.Affinity.NodeAffinity ??= new V1NodeAffinity();
        // The template's own terms have been checked already.
        pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution = new V1NodeSelector
        {
            NodeSelectorTerms = [new V1NodeSelectorTerm { MatchFields = [new V1NodeSelectorRequirement { Key = NameField, OperatorProperty = "In", Values = [node] }] }],
        };
        return pod;
    }

    /// <summary>The tolerations that every daemon pod has.</summary>
    public static IEnumerable<V1Toleration> Tolerations(V1PodSpec spec)
    {
        yield return Tolerate("node.kubernetes.io/not-ready", "NoExecute");
        yield return Tolerate("node.kubernetes.io/unreachable", "NoExecute");
        yield return Tolerate("node.kubernetes.io/disk-pressure", "NoSchedule");
        yield return Tolerate("node.kubernetes.io/memory-pressure", "NoSchedule");
        yield return Tolerate("node.kubernetes.io/pid-pressure", "NoSchedule");
        yield return Tolerate("node.kubernetes.io/unschedulable", "NoSchedule");
        if (spec.HostNetwork == true) yield return Tolerate("node.kubernetes.io/network-unavailable", "NoSchedule");
    }

    /// <summary>The node a pod is on, or is meant for; null when neither says.</summary>
    public static string? TargetNode(V1Pod pod)
    {
        if (!string.IsNullOrEmpty(pod.Spec.NodeName)) return pod.Spec.NodeName;
        var terms = pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms;
        return terms?.SelectMany(t => t.MatchFields ?? []).FirstOrDefault(f => f is { Key: NameField, OperatorProperty: "In", Values.Count: 1 })?.Values[0];
    }

    /// <summary>Whether a pod is of the set's present template.</summary>
    public static bool IsUpdated(V1DaemonSet set, V1Pod pod, string hash)
    {
        if (pod.Metadata.Labels is not { } labels) return false;
        if (labels.TryGetValue(HashLabel, out var own) && own == hash) return true;
        return Generation(set) is { } generation && labels.TryGetValue(GenerationLabel, out var text) && text == generation.ToString(CultureInfo.InvariantCulture);
    }

    private static long? Generation(V1DaemonSet set) =>
        set.Metadata.Annotations is { } annotations && annotations.TryGetValue(GenerationAnnotation, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : null;

    private static bool SameTaint(V1Toleration a, V1Toleration b) => a.Key == b.Key && a.Effect == b.Effect && a.OperatorProperty == b.OperatorProperty;

    private static V1Toleration Tolerate(string key, string effect) => new() { Key = key, OperatorProperty = "Exists", Effect = effect };
}
