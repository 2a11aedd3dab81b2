using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>The row that <c>kubectl get persistentvolumeclaims</c> shows.</summary>
internal static class PersistentVolumeClaimPrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Status", "Whether the claim is pending or bound to a volume.", VolumeText.Phase),
        TablePrinter.Text("Volume", "The volume that it is bound to.", Volume),
        TablePrinter.Text("Capacity", "How much the bound volume holds.", c => Volume(c).Length == 0 ? "" : c.Get("status").Get("capacity").Text("storage") ?? "0"),
        TablePrinter.Text("Access Modes", "The ways in which the bound volume can be mounted.", c => Volume(c).Length == 0 ? "" : VolumeText.AccessModes(c.Get("status"))),
        TablePrinter.Text("StorageClass", "StorageClass of the pvc", VolumeText.StorageClass),
        TablePrinter.Text("VolumeAttributesClass", "VolumeAttributesClass of the pvc", c => VolumeText.OrUnset(c.Get("spec").Text("volumeAttributesClassName"))),
        TablePrinter.Age,
        TablePrinter.Text("VolumeMode", "Whether it is a file system or a block device.", c => VolumeText.OrUnset(c.Get("spec").Text("volumeMode")), 1));

    private static string Volume(JsonElement claim) => claim.Get("spec").Text("volumeName") ?? "";
}
