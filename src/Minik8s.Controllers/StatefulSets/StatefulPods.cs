using System.Globalization;
using k8s.Models;
using Minik8s.Client.Json;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>The pods and claims of a StatefulSet: each has an ordinal, and with it a name and storage of its own that outlive the pod.</summary>
internal static class StatefulPods
{
    public const string RevisionLabel = "controller-revision-hash";
    private const string NameLabel = "statefulset.kubernetes.io/pod-name";
    private const string IndexLabel = "apps.kubernetes.io/pod-index";

    public static int Replicas(V1StatefulSet set) => set.Spec.Replicas ?? 1;

    /// <summary>The first ordinal.</summary>
    public static int Start(V1StatefulSet set) => set.Spec.Ordinals?.Start ?? 0;

    /// <summary>Whether pods may come and go all at once.</summary>
    public static bool IsParallel(V1StatefulSet set) => set.Spec.PodManagementPolicy == "Parallel";

    public static string Name(V1StatefulSet set, int ordinal) => string.Create(CultureInfo.InvariantCulture, $"{set.Metadata.Name}-{ordinal}");

    public static string ClaimName(V1StatefulSet set, V1PersistentVolumeClaim template, int ordinal) =>
        string.Create(CultureInfo.InvariantCulture, $"{template.Metadata.Name}-{set.Metadata.Name}-{ordinal}");

    /// <summary>The ordinal of a pod of the set; null when its name has none.</summary>
    public static int? Ordinal(V1StatefulSet set, V1Pod pod)
    {
        var name = pod.Metadata.Name;
        var dash = name.LastIndexOf('-');
        return dash > 0 && name[..dash] == set.Metadata.Name && int.TryParse(name.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal) ? ordinal : null;
    }

    public static string? Revision(V1Pod pod) => pod.Metadata.Labels is { } labels && labels.TryGetValue(RevisionLabel, out var revision) ? revision : null;

    public static V1Pod Make(V1StatefulSet set, V1PodTemplateSpec template, string revision, int ordinal)
    {
        var pod = PodControl.FromTemplate(set, template);
        pod.Metadata.GenerateName = null;
        pod.Metadata.Name = Name(set, ordinal);
        pod.Metadata.Labels = Labels(pod.Metadata.Labels, pod.Metadata.Name, ordinal);
        pod.Metadata.Labels[RevisionLabel] = revision;
        pod.Spec.Hostname = pod.Metadata.Name;
        pod.Spec.Subdomain = set.Spec.ServiceName;
        pod.Spec.Volumes = Volumes(set, pod.Spec.Volumes, ordinal);
        return pod;
    }

    /// <summary>The claims that the pod of an ordinal needs.</summary>
    public static IEnumerable<V1PersistentVolumeClaim> Claims(V1StatefulSet set, int ordinal) => (set.Spec.VolumeClaimTemplates ?? []).Select(template =>
    {
        var copy = ModelJson.Copy(template);
        return new V1PersistentVolumeClaim
        {
            Metadata = new V1ObjectMeta
            {
                Name = ClaimName(set, template, ordinal),
                NamespaceProperty = set.Metadata.NamespaceProperty,
                Annotations = copy.Metadata.Annotations,
                Labels = new Dictionary<string, string>([.. copy.Metadata.Labels ?? new Dictionary<string, string>(), .. set.Spec.Selector.MatchLabels ?? new Dictionary<string, string>()]),
            },
            Spec = copy.Spec,
        };
    });

    /// <summary>Whether a pod bears the labels by which it is told apart from its siblings.</summary>
    public static bool HasIdentity(V1Pod pod, int ordinal) =>
        pod.Metadata.Labels is { } labels && labels.TryGetValue(NameLabel, out var name) && name == pod.Metadata.Name && labels.TryGetValue(IndexLabel, out var index)
        && index == ordinal.ToString(CultureInfo.InvariantCulture);

    /// <summary>Those labels, added to others.</summary>
    public static Dictionary<string, string> Labels(IDictionary<string, string>? present, string name, int ordinal) => new(present ?? new Dictionary<string, string>())
    {
        [NameLabel] = name,
        [IndexLabel] = ordinal.ToString(CultureInfo.InvariantCulture),
    };

    // A claim's volume takes the place of a volume of the same name.
    private static List<V1Volume> Volumes(V1StatefulSet set, IList<V1Volume>? present, int ordinal)
    {
        var templates = set.Spec.VolumeClaimTemplates ?? [];
        var volumes = templates.Select(t => new V1Volume
        {
            Name = t.Metadata.Name,
            PersistentVolumeClaim = new V1PersistentVolumeClaimVolumeSource { ClaimName = ClaimName(set, t, ordinal), ReadOnlyProperty = false },
        }).ToList();
        volumes.AddRange((present ?? []).Where(v => templates.All(t => t.Metadata.Name != v.Name)));
        return volumes;
    }
}
