using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Support;

namespace Minik8s.Controllers.Namespaces;

/// <summary>Empties a terminating namespace, tells on it how far that is, and takes its finalizer away when nothing is left.</summary>
internal sealed class NamespaceReconciler(
    ResourceClient<V1Namespace> namespaces, KubeClient client, NamespaceContents contents, TimeSpan settleTime, ILogger logger, TimeProvider time)
{
    private const string Finalizer = "kubernetes";

    public async Task<ReconcileResult> ReconcileAsync(string name, CancellationToken cancellationToken)
    {
        var ns = await namespaces.FindAsync(name, null, cancellationToken);
        if (ns?.Metadata.DeletionTimestamp is not { } deleted || ns.Spec?.Finalizers?.Contains(Finalizer) != true) return ReconcileResult.Done;

        var report = await contents.DeleteAsync(name, cancellationToken);
        ns = await WriteConditionsAsync(ns, report, cancellationToken);
        if (report.Errors.Count > 0 || report.DiscoveryErrors.Count > 0) return ReconcileResult.Again;
        if (report.RemainingObjects > 0) return ReconcileResult.After(report.NextLook);

        var settled = new DateTimeOffset(deleted, TimeSpan.Zero) + settleTime - time.GetUtcNow();
        if (settled > TimeSpan.Zero) return ReconcileResult.After(settled);
        await FinalizeAsync(ns, cancellationToken);
        ControllersLog.NamespaceFinalized(logger, name);
        return ReconcileResult.Done;
    }

    private async Task<V1Namespace> WriteConditionsAsync(V1Namespace ns, NamespaceReport report, CancellationToken cancellationToken)
    {
        var changed = NamespaceConditions.Changed(ns.Status?.Conditions ?? [], report, time.GetUtcNow());
        if (changed.Count == 0 && ns.Status?.Phase == "Terminating") return ns;
        var patch = new JsonObject
        {
            ["status"] = new JsonObject { ["phase"] = "Terminating", ["conditions"] = changed },
        };
        return await namespaces.PatchAsync(ns.Metadata.Name, null, PatchKind.StrategicMerge, KubeJson.Bytes(patch), "status", cancellationToken);
    }

    private async Task FinalizeAsync(V1Namespace ns, CancellationToken cancellationToken)
    {
        var left = new JsonArray();
        foreach (var finalizer in ns.Spec.Finalizers.Where(f => f != Finalizer)) left.Add((JsonNode)finalizer);
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Namespace",
            ["metadata"] = new JsonObject { ["name"] = ns.Metadata.Name, ["uid"] = ns.Metadata.Uid, ["resourceVersion"] = ns.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["finalizers"] = left },
        };
        try
        {
            await client.RequestAsync(HttpMethod.Put, namespaces.Names.Path(null, ns.Metadata.Name, "finalize"), KubeJson.Bytes(body), ct: cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            // Gone already: that is what was asked for.
        }
    }
}
