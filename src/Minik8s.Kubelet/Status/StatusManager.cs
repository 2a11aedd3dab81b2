using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.Client.Json;

namespace Minik8s.Kubelet.Status;

/// <summary>Reports pods' status to the API server: only what has changed, in order for each pod, again when it could not be delivered.</summary>
internal sealed partial class StatusManager(KubeClient client, ILogger<StatusManager> logger)
{
    /// <summary>Reports a status unless it is the last one reported.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="status">Its status now.</param>
    /// <param name="last">The last report, as this returned it; null when there was none.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The report that the API server has now; the former one when this could not be delivered.</returns>
    public async Task<JsonNode?> ReportAsync(V1Pod pod, V1PodStatus status, JsonNode? last, CancellationToken cancellationToken)
    {
        var report = ModelJson.ToNode(new V1Pod { Status = status })["status"]!;
        if (last is not null && JsonNode.DeepEquals(report, last)) return last;
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject { ["uid"] = pod.Metadata.Uid },
            ["status"] = WithNulls(report.DeepClone().AsObject(), last as JsonObject),
        };
        try
        {
            await client.Resource<V1Pod>().PatchAsync(
                pod.Metadata.Name, pod.Metadata.NamespaceProperty, PatchKind.StrategicMerge, System.Text.Encoding.UTF8.GetBytes(patch.ToJsonString()), "status", cancellationToken);
            return report;
        }
        catch (ApiException e) when (e.IsNotFound || e.IsConflict)
        {
            // The pod is gone, or another of the same name has taken its place: nobody waits for this status any more.
            return report;
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TimeoutException)
        {
            LogUndelivered(pod.Metadata.NamespaceProperty, pod.Metadata.Name, e.Message);
            return last;
        }
    }

    /// <summary>What stood in the last report and is not in this one must be taken out by name.</summary>
    private static JsonObject WithNulls(JsonObject report, JsonObject? last)
    {
        foreach (var key in (last ?? []).Select(p => p.Key).Where(k => !report.ContainsKey(k)).ToList()) report[key] = null;
        return report;
    }

    [LoggerMessage(LogLevel.Warning, "The status of {Namespace}/{Pod} could not be reported and will be again: {Reason}")]
    private partial void LogUndelivered(string @namespace, string pod, string reason);
}
