using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Apps.WorkloadCells;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>The rows that <c>kubectl get</c> shows of the kinds of apps/v1.</summary>
internal static class AppsPrinters
{
    public static ITablePrinter Deployment { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Ready", "Number of the pod with ready state", d => $"{Count(d, "status", "readyReplicas")}/{Count(d, "spec", "replicas")}"),
        NumberAsText("Up-to-date", "Total number of non-terminated pods targeted by this deployment that have the desired template spec.", "updatedReplicas"),
        NumberAsText("Available", "Total number of available pods (ready for at least minReadySeconds) targeted by this deployment.", "availableReplicas"),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec),
        Selector("Label selector for pods. Existing ReplicaSets whose pods are selected by this will be the ones affected by this deployment."));

    public static ITablePrinter ReplicaSet { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Number("Desired", "The number of desired pods.", r => Count(r, "spec", "replicas")),
        TablePrinter.Number("Current", "The most recently observed number of pods.", r => Count(r, "status", "replicas")),
        TablePrinter.Number("Ready", "The number of pods targeted by this ReplicaSet with a Ready condition.", r => Count(r, "status", "readyReplicas")),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec),
        Selector("A label query over pods that should match the replica count."));

    public static ITablePrinter StatefulSet { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Ready", "Number of the pod with ready state", s => $"{Count(s, "status", "readyReplicas")}/{Count(s, "spec", "replicas")}"),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec));

    public static ITablePrinter DaemonSet { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Number("Desired", "The number of nodes that should be running the daemon pod.", d => Count(d, "status", "desiredNumberScheduled")),
        TablePrinter.Number("Current", "The number of nodes that run at least one daemon pod and are supposed to.", d => Count(d, "status", "currentNumberScheduled")),
        TablePrinter.Number("Ready", "The number of nodes whose daemon pod is ready.", d => Count(d, "status", "numberReady")),
        TablePrinter.Number("Up-to-date", "The number of nodes that run the daemon pod of the present template.", d => Count(d, "status", "updatedNumberScheduled")),
        TablePrinter.Number("Available", "The number of nodes whose daemon pod is available.", d => Count(d, "status", "numberAvailable")),
        TablePrinter.Text("Node Selector", "The labels of the nodes that the pods fit.", d => LabelText(Spec(d).Get("template").Get("spec").Get("nodeSelector"))),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec),
        Selector("A label query over pods that are managed by the daemon set."));

    public static ITablePrinter ControllerRevision { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Controller", "Controller of the object", Controller),
        TablePrinter.Number("Revision", "The revision of the state that the data represents.", r => ((JsonElement?)r).Number("revision")),
        TablePrinter.Age);

    private static (TableColumn, Func<JsonElement, DateTimeOffset, object>) NumberAsText(string name, string description, string field) =>
        (new(name, "string", description), (o, _) => Count(o, "status", field));

    private static string Controller(JsonElement revision)
    {
        foreach (var owner in revision.Get("metadata").Items("ownerReferences"))
        {
            if (!((JsonElement?)owner).Flag("controller")) continue;
            var version = owner.Text("apiVersion") ?? "";
            var slash = version.IndexOf('/');
            var kind = (owner.Text("kind") ?? "").ToLowerInvariant();
            return $"{kind}{(slash < 0 ? "" : "." + version[..slash])}/{owner.Text("name")}";
        }

        return "<none>";
    }
}
