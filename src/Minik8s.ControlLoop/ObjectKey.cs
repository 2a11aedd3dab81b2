using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>What names an object within its resource. Queues carry only keys: the object itself is read from a store when its turn comes.</summary>
/// <param name="Namespace">Empty for objects of the cluster.</param>
/// <param name="Name">The object's name.</param>
public readonly record struct ObjectKey(string Namespace, string Name)
{
    /// <summary>The key of an object.</summary>
    public static ObjectKey Of(IMetadata<V1ObjectMeta> obj) => new(obj.Metadata.NamespaceProperty ?? "", obj.Metadata.Name);

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() => string.IsNullOrEmpty(Namespace) ? Name : $"{Namespace}/{Name}";
}
