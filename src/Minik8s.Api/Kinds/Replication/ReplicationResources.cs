using System.Text.Json;
using Minik8s.Api.Kinds.Scales;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Apps.WorkloadCells;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Replication;

/// <summary>The workloads of the core group.</summary>
internal static class ReplicationResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("", "v1", "PodTemplate", "podtemplates", new PodTemplateStrategy(), PodTemplate),
        Define("", "v1", "ReplicationController", "replicationcontrollers", new ReplicationControllerStrategy(), Controller, ["rc"]) with
        {
            Categories = ["all"],
            Subresources = [ScaleResource.Subresource, Status],
            Scale = ScaleMapping.Workload with { SelectorForm = ScaleSelectorForm.Labels },
            SelectableFields = [Field("status.replicas", "0")],
        },
    ];

    private static TablePrinter PodTemplate { get; } = new(
        TablePrinter.Name,
        Containers(Itself, 0),
        Images(Itself, 0),
        TablePrinter.Text("Pod Labels", "The labels for the pod template.", t => LabelText(t.Get("template").Get("metadata").Get("labels"))));

    private static TablePrinter Controller { get; } = new(
        TablePrinter.Name,
        TablePrinter.Number("Desired", "The number of desired pods.", r => Count(r, "spec", "replicas")),
        TablePrinter.Number("Current", "The most recently observed number of pods.", r => Count(r, "status", "replicas")),
        TablePrinter.Number("Ready", "The number of ready pods.", r => Count(r, "status", "readyReplicas")),
        TablePrinter.Age,
        Containers(Spec),
        Images(Spec),
        TablePrinter.Text("Selector", "The labels of the pods that are counted.", r => LabelText(Spec(r).Get("selector")), 1));

    private static JsonElement? Itself(JsonElement obj) => obj;
}
