using k8s;
using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>The names of common indexes, and what they index by.</summary>
public static class Indexes
{
    /// <summary>By namespace; every informer has it.</summary>
    public const string Namespace = "namespace";

    /// <summary>Pods by <c>spec.nodeName</c>; empty for those without a node.</summary>
    public const string NodeName = "nodeName";

    /// <summary>By the uid of the controlling owner.</summary>
    public const string OwnerUid = "ownerUid";

    public static IEnumerable<string> ByNamespace<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta> => [obj.Metadata.NamespaceProperty ?? ""];

    public static IEnumerable<string> ByNodeName(V1Pod pod) => [pod.Spec?.NodeName ?? ""];

    public static IEnumerable<string> ByOwnerUid<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        obj.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true) is { } owner ? [owner.Uid] : [];
}
