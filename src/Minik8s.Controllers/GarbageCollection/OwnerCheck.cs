using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.Discovery;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>Asks the server, not a cache, which of an object's owners exist: what is deleted by mistake does not come back.</summary>
internal sealed class OwnerCheck(KubeClient client, ResourceMap resources, AbsentOwners absent)
{
    /// <returns>Null when the object belongs to the cluster and names an owner in a namespace, which is not valid: such an object is left alone.</returns>
    /// <exception cref="UnknownOwnerKindException">An owner's kind is not known.</exception>
    public async Task<OwnerVerdict?> CheckAsync(GraphNode dependent, IList<V1OwnerReference> owners, CancellationToken cancellationToken)
    {
        var solid = new List<V1OwnerReference>();
        var dangling = new List<V1OwnerReference>();
        var waiting = new List<V1OwnerReference>();
        foreach (var reference in owners)
        {
            if (absent.Contains(reference.Uid, dependent.Namespace) || absent.Contains(reference.Uid, ""))
            {
                dangling.Add(reference);
                continue;
            }

            var names = resources.Find(reference.ApiVersion, reference.Kind) ?? throw new UnknownOwnerKindException(reference.ApiVersion, reference.Kind);
            if (names.Namespaced && dependent.Namespace.Length == 0) return null;
            var owner = await client.Metadata(names).FindAsync(reference.Name, names.Namespaced ? dependent.Namespace : null, cancellationToken);
            if (owner is null || owner.Metadata.Uid != reference.Uid)
            {
                absent.Add(reference.Uid, names.Namespaced ? dependent.Namespace : "");
                dangling.Add(reference);
            }
            else if (new GraphNode(names, owner.Metadata).DeletingDependents)
            {
                waiting.Add(reference);
            }
            else
            {
                solid.Add(reference);
            }
        }

        return new(solid, dangling, waiting);
    }
}
