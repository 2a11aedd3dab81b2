using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>The row that <c>kubectl get persistentvolumes</c> shows.</summary>
internal static class PersistentVolumePrinter
{
    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Capacity", "How much the volume holds.", v => v.Get("spec").Get("capacity").Text("storage") ?? "0"),
        TablePrinter.Text("Access Modes", "The ways in which the volume can be mounted.", v => VolumeText.AccessModes(v.Get("spec"))),
        TablePrinter.Text("Reclaim Policy", "What happens to the volume when its claim is gone.", v => v.Get("spec").Text("persistentVolumeReclaimPolicy") ?? ""),
        TablePrinter.Text("Status", "Whether the volume is available, bound to a claim, or released.", VolumeText.Phase),
        TablePrinter.Text("Claim", "The claim that it is bound to.", v => v.Get("spec").Get("claimRef") is { } claim ? $"{claim.Text("namespace")}/{claim.Text("name")}" : ""),
        TablePrinter.Text("StorageClass", "StorageClass of the pv", VolumeText.StorageClass),
        TablePrinter.Text("VolumeAttributesClass", "VolumeAttributesClass of the pv", v => VolumeText.OrUnset(v.Get("spec").Text("volumeAttributesClassName"))),
        TablePrinter.Text("Reason", "Why the volume is in its state.", v => v.Get("status").Text("reason") ?? ""),
        TablePrinter.Age,
        TablePrinter.Text("VolumeMode", "Whether it is a file system or a block device.", v => VolumeText.OrUnset(v.Get("spec").Text("volumeMode")), 1));
}
