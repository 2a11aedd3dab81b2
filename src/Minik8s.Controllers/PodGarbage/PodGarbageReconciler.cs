using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.PodGarbage;

/// <summary>Removes a pod whose node is gone for good, or that is terminating and never had one.</summary>
internal sealed class PodGarbageReconciler(
    ILister<V1Pod> pods, ILister<V1Node> nodes, ResourceClient<V1Pod> podClient, ResourceClient<V1Node> nodeClient, TimeSpan quarantine, ILogger logger, TimeProvider time)
{
    private readonly ConcurrentDictionary<ObjectKey, (string Node, DateTimeOffset Since)> _orphans = new();

    public async Task<ReconcileResult> ReconcileAsync(ObjectKey key, CancellationToken cancellationToken)
    {
        if (pods.Get(key) is not { } pod)
        {
            Forget(key);
            return ReconcileResult.Done;
        }

        if (string.IsNullOrEmpty(pod.Spec.NodeName))
        {
            if (pod.Metadata.DeletionTimestamp is not null) await RemoveAsync(pod, null, "it is terminating and was never scheduled", cancellationToken);
            return ReconcileResult.Done;
        }

        var node = pod.Spec.NodeName;
        if (nodes.Get(new ObjectKey("", node)) is not null)
        {
            Forget(key);
            return ReconcileResult.Done;
        }

        // A node that is registered anew comes back within moments, and its pods with it.
        var orphan = _orphans.AddOrUpdate(key, _ => (node, time.GetUtcNow()), (_, known) => known.Node == node ? known : (node, time.GetUtcNow()));
        var left = orphan.Since + quarantine - time.GetUtcNow();
        if (left > TimeSpan.Zero) return ReconcileResult.After(left);
        if (await nodeClient.FindAsync(node, null, cancellationToken) is not null) return ReconcileResult.Again;
        var condition = new JsonObject
        {
            ["type"] = "DisruptionTarget",
            ["status"] = "True",
            ["reason"] = "DeletionByPodGC",
            ["message"] = "PodGC: node no longer exists",
            ["lastTransitionTime"] = KubeJson.Time(time.GetUtcNow()),
        };
        await RemoveAsync(pod, condition, $"its node {node} no longer exists", cancellationToken);
        Forget(key);
        return ReconcileResult.Done;
    }

    public void Forget(ObjectKey key) => _orphans.TryRemove(key, out _);

    private async Task RemoveAsync(V1Pod pod, JsonObject? condition, string cause, CancellationToken cancellationToken)
    {
        var (name, ns) = (pod.Metadata.Name, pod.Metadata.NamespaceProperty);
        ControllersLog.PodCollected(logger, ObjectKey.Of(pod), cause);
        try
        {
            // No kubelet is there to say that it ended.
            if (pod.Status?.Phase is not ("Succeeded" or "Failed"))
            {
                var status = new JsonObject { ["phase"] = "Failed" };
                if (condition is not null) status["conditions"] = new JsonArray(condition);
                var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid }, ["status"] = status };
                await podClient.PatchAsync(name, ns, PatchKind.StrategicMerge, KubeJson.Bytes(patch), "status", cancellationToken);
            }

            await podClient.DeleteAsync(name, ns, new DeleteOptions { GracePeriodSeconds = 0, Uid = pod.Metadata.Uid }, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // Gone, or another pod of the same name by now: its own event tells.
        }
    }
}
