using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Nodes;

/// <summary>Marks a silent node as such, keeps its taints in step with its conditions, and its pods' readiness with both.</summary>
internal sealed class NodeReconciler(
    ILister<V1Node> nodes, ILister<V1Pod> pods, Heartbeats heartbeats, ResourceClient<V1Node> nodeClient, ResourceClient<V1Pod> podClient,
    IEventRecorder events, ControllerManagerOptions options, ILogger logger, TimeProvider time)
{
    public async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        if (nodes.Get(new ObjectKey("", name)) is not { } node) return ReconcileResult.Done;
        var silence = heartbeats.Silence(name);
        var silent = silence >= options.NodeMonitorGracePeriod;
        if (silent && NodeHealth.Silenced(node, time.GetUtcNow()) is { Count: > 0 } conditions)
        {
            ControllersLog.NodeSilent(logger, name, silence);
            var wasReady = NodeHealth.Ready(node) == "True";
            node = await PatchAsync(node, new JsonObject { ["status"] = new JsonObject { ["conditions"] = conditions } }, PatchKind.StrategicMerge, "status", cancellationToken);
            if (wasReady) events.Normal(node, "NodeNotReady", $"Node {name} status is now: NodeNotReady");
        }

        await TaintAsync(node, cancellationToken);
        if (NodeHealth.Ready(node) != "True") await MarkPodsAsync(name, cancellationToken);
        // A heartbeat makes the node's own kubelet write its conditions again, whose event comes here by itself.
        return silent ? ReconcileResult.Done : ReconcileResult.After(options.NodeMonitorGracePeriod - silence);
    }

    private async Task TaintAsync(V1Node node, CancellationToken cancellationToken)
    {
        if (NodeHealth.Taints(node, time.GetUtcNow()) is not { } taints) return;
        var list = new JsonArray();
        foreach (var taint in taints)
        {
            var entry = new JsonObject { ["key"] = taint.Key, ["effect"] = taint.Effect };
            if (!string.IsNullOrEmpty(taint.Value)) entry["value"] = taint.Value;
            if (taint.TimeAdded is { } added) entry["timeAdded"] = KubeJson.Time(new DateTimeOffset(added, TimeSpan.Zero));
            list.Add((JsonNode)entry);
        }

        ControllersLog.NodeTainted(logger, node.Metadata.Name, string.Join(", ", taints.Select(t => $"{t.Key}:{t.Effect}")));
        await PatchAsync(node, new JsonObject { ["spec"] = new JsonObject { ["taints"] = list } }, PatchKind.Merge, null, cancellationToken);
    }

    // The version makes it a compare-and-swap: what was concluded from an old state must not overwrite a newer one.
    private Task<V1Node> PatchAsync(V1Node node, JsonObject patch, PatchKind kind, string? subresource, CancellationToken cancellationToken)
    {
        patch["metadata"] = new JsonObject { ["resourceVersion"] = node.Metadata.ResourceVersion };
        return nodeClient.PatchAsync(node.Metadata.Name, null, kind, KubeJson.Bytes(patch), subresource, cancellationToken);
    }

    /// <summary>Nobody knows whether the pods of such a node still answer, so services stop sending there.</summary>
    private async Task MarkPodsAsync(string node, CancellationToken cancellationToken)
    {
        foreach (var pod in pods.ByIndex(Indexes.NodeName, node))
        {
            if (pod.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready") is not { Status: "True" }) continue;
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid },
                ["status"] = new JsonObject
                {
                    ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "False", ["lastTransitionTime"] = KubeJson.Time(time.GetUtcNow()) }),
                },
            };
            try
            {
                await podClient.PatchAsync(pod.Metadata.Name, pod.Metadata.NamespaceProperty, PatchKind.StrategicMerge, KubeJson.Bytes(patch), "status", cancellationToken);
                events.Warning(pod, "NodeNotReady", "Node is not ready");
            }
            catch (ApiException e) when (e.IsNotFound || e.IsConflict)
            {
                // Gone, or another pod of the same name by now.
            }
        }
    }
}
