using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>The rows that <c>kubectl get</c> shows of the storage kinds.</summary>
internal static class StoragePrinters
{
    public static ITablePrinter StorageClass { get; } = new TablePrinter(
        NameOf("storageclass"),
        TablePrinter.Text("Provisioner", "Who makes the volumes.", c => c.Text("provisioner") ?? ""),
        TablePrinter.Text("ReclaimPolicy", "What happens to a volume when its claim is gone.", c => c.Text("reclaimPolicy") ?? "Delete"),
        TablePrinter.Text("VolumeBindingMode", "When claims are bound.", c => c.Text("volumeBindingMode") ?? "<unset>"),
        TablePrinter.Flag("AllowVolumeExpansion", "Whether volumes can grow.", c => ((JsonElement?)c).Flag("allowVolumeExpansion")),
        TablePrinter.Age);

    public static ITablePrinter VolumeAttributesClass { get; } = new TablePrinter(
        NameOf("volumeattributesclass"), TablePrinter.Text("DriverName", "The CSI driver.", c => c.Text("driverName") ?? ""), TablePrinter.Age);

    public static ITablePrinter VolumeAttachment { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Attacher", "Who attaches.", a => a.Get("spec").Text("attacher") ?? ""),
        TablePrinter.Text("PV", "The volume.", a => a.Get("spec").Get("source").Text("persistentVolumeName") ?? ""),
        TablePrinter.Text("Node", "The node.", a => a.Get("spec").Text("nodeName") ?? ""),
        TablePrinter.Flag("Attached", "Whether it is attached.", a => a.Get("status").Flag("attached")),
        TablePrinter.Age);

    public static ITablePrinter CsiNode { get; } = new TablePrinter(
        TablePrinter.Name, TablePrinter.Number("Drivers", "Drivers indicates the number of CSI drivers registered on the node", n => n.Get("spec").Items("drivers").Count()), TablePrinter.Age);

    public static ITablePrinter CsiDriver { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Flag("AttachRequired", "Whether volumes are attached before they are mounted.", d => d.Get("spec").Get("attachRequired") is not { ValueKind: JsonValueKind.False }),
        TablePrinter.Flag("PodInfoOnMount", "Whether the driver is told about the pod.", d => d.Get("spec").Flag("podInfoOnMount")),
        TablePrinter.Flag("StorageCapacity", "Whether the scheduler looks at the capacity.", d => d.Get("spec").Flag("storageCapacity")),
        TablePrinter.Text("TokenRequests", "The audiences of tokens that the driver gets.", d => d.Get("spec").Get("tokenRequests") is null ? "<unset>" : string.Join(',', d.Get("spec").Items("tokenRequests").Select(t => t.Text("audience")))),
        TablePrinter.Flag("RequiresRepublish", "Whether volumes are published again and again.", d => d.Get("spec").Flag("requiresRepublish")),
        TablePrinter.Text("Modes", "The lives that volumes can have.", d => string.Join(',', d.Get("spec").Items("volumeLifecycleModes").Select(m => m.GetString())).OrNone()),
        TablePrinter.Age);

    public static ITablePrinter CsiStorageCapacity { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("StorageClassName", "The class that the capacity is of.", c => c.Text("storageClassName") ?? ""),
        TablePrinter.Text("Capacity", "How much is left.", c => c.Text("capacity") ?? "<unset>"));

    /// <summary>The name, marked where an annotation makes the class the default.</summary>
    private static (TableColumn, Func<JsonElement, DateTimeOffset, object>) NameOf(string kind)
    {
        var (column, _) = TablePrinter.Name;
        return (column, (o, _) => o.Get("metadata").Text("name") + (IsDefault(o, kind) ? " (default)" : ""));
    }

    private static bool IsDefault(JsonElement obj, string kind)
    {
        var annotations = obj.Get("metadata").Get("annotations");
        return annotations.Text($"{kind}.kubernetes.io/is-default-class") == "true" || annotations.Text($"{kind}.beta.kubernetes.io/is-default-class") == "true";
    }
}
