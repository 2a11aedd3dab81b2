using k8s.Models;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>An object's owners as the server has them.</summary>
/// <param name="Solid">There, and staying.</param>
/// <param name="Dangling">Not there.</param>
/// <param name="Waiting">There, but only until their dependents are gone.</param>
internal sealed record OwnerVerdict(IReadOnlyList<V1OwnerReference> Solid, IReadOnlyList<V1OwnerReference> Dangling, IReadOnlyList<V1OwnerReference> Waiting);
