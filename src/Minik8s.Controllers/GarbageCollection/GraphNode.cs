using k8s.Models;
using Minik8s.Client;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>An object as the graph of owners knows it. Immutable.</summary>
internal sealed class GraphNode(ResourceNames resource, V1ObjectMeta metadata)
{
    public const string ForegroundFinalizer = "foregroundDeletion";
    public const string OrphanFinalizer = "orphan";

    public ResourceNames Resource => resource;

    public string Uid => metadata.Uid;

    public string Name => metadata.Name;

    public string Namespace => metadata.NamespaceProperty ?? "";

    public IList<V1OwnerReference> Owners => metadata.OwnerReferences ?? [];

    public bool BeingDeleted => metadata.DeletionTimestamp is not null;

    public bool WantsOrphaning => BeingDeleted && metadata.Finalizers?.Contains(OrphanFinalizer) == true;

    /// <summary>It is terminating and waits until its dependents are gone.</summary>
    public bool DeletingDependents => BeingDeleted && metadata.Finalizers?.Contains(ForegroundFinalizer) == true;

    /// <summary>Whether a reference that some object in a namespace holds means this node: by its uid alone it might be somebody else's.</summary>
    public bool IsMeantBy(V1OwnerReference reference, string dependentNamespace) =>
        reference.Uid == Uid && reference.Name == Name && reference.Kind == resource.Kind && Group(reference.ApiVersion) == resource.Group
        && (!resource.Namespaced || Namespace == dependentNamespace);

    /// <summary>As Kubernetes writes a reference in events.</summary>
    public override string ToString() => $"[{resource.ApiVersion}/{resource.Kind}, namespace: {Namespace}, name: {Name}, uid: {Uid}]";

    private static string Group(string apiVersion) => apiVersion.IndexOf('/') is >= 0 and var slash ? apiVersion[..slash] : "";
}
