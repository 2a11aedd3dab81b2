using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Client.Json;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.GarbageCollection;

/// <summary>Changes of owner references and finalizers, as merge patches, which every kind takes. Each names the version that it was worked out from.</summary>
internal static class MetadataPatches
{
    public static Task OwnersAsync(ResourceClient<PartialObjectMetadata> client, V1ObjectMeta present, IEnumerable<V1OwnerReference> owners, CancellationToken cancellationToken)
    {
        var list = new JsonArray([.. owners.Select(o => ModelJson.ToNode(o))]);
        return PatchAsync(client, present, "ownerReferences", list.Count == 0 ? null : list, cancellationToken);
    }

    public static Task FinalizersAsync(ResourceClient<PartialObjectMetadata> client, V1ObjectMeta present, IEnumerable<string> finalizers, CancellationToken cancellationToken)
    {
        var list = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]);
        return PatchAsync(client, present, "finalizers", list.Count == 0 ? null : list, cancellationToken);
    }

    private static async Task PatchAsync(ResourceClient<PartialObjectMetadata> client, V1ObjectMeta present, string field, JsonArray? value, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = present.Uid, ["resourceVersion"] = present.ResourceVersion, [field] = value },
        };
        try
        {
            await client.PatchAsync(present.Name, present.NamespaceProperty, PatchKind.Merge, KubeJson.Bytes(patch), null, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Gone: nothing of it needs to be changed any more.
        }
    }
}
