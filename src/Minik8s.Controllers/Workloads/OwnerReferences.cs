using k8s;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.Controllers.Workloads;

/// <summary>The one owner reference of an object that names its controller.</summary>
internal static class OwnerReferences
{
    /// <summary>The index of objects without a controller, by namespace.</summary>
    public const string OrphanIndex = "orphan";

    public static V1OwnerReference? Controller(V1ObjectMeta metadata) => metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true);

    /// <summary>The reference by which <paramref name="owner"/> controls an object.</summary>
    public static V1OwnerReference To<T>(T owner)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var names = ResourceNames.Of<T>();
        return new V1OwnerReference
        {
            ApiVersion = names.ApiVersion,
            Kind = names.Kind,
            Name = owner.Metadata.Name,
            Uid = owner.Metadata.Uid,
            Controller = true,
            BlockOwnerDeletion = true,
        };
    }

    public static IEnumerable<string> ByOrphanNamespace<T>(T obj)
        where T : class, IKubernetesObject<V1ObjectMeta> => Controller(obj.Metadata) is null ? [obj.Metadata.NamespaceProperty ?? ""] : [];
}
