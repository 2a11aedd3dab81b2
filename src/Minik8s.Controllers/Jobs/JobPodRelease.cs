using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Jobs;

/// <summary>Lets pods go that a job's finalizer holds.</summary>
internal static class JobPodRelease
{
    /// <summary>Removes the finalizer; a pod that is gone, or another one by now, has none.</summary>
    public static async Task ReleaseAsync(ResourceClient<V1Pod> pods, V1Pod pod, CancellationToken cancellationToken)
    {
        if (!JobPodFacts.IsTracked(pod)) return;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid, ["$deleteFromPrimitiveList/finalizers"] = new JsonArray(JobPodFacts.Finalizer) },
        };
        try
        {
            await pods.PatchAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, PatchKind.StrategicMerge, KubeJson.Bytes(patch), null, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // The precondition on the uid: this pod is no more.
        }
    }
}
