using System.Text.Json;
using Minik8s.Api.Printing;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>What the tables of volumes and claims share.</summary>
internal static class VolumeText
{
    private const string ClassAnnotation = "volume.beta.kubernetes.io/storage-class";

    private static readonly (string Mode, string Short)[] Modes =
        [("ReadWriteOnce", "RWO"), ("ReadOnlyMany", "ROX"), ("ReadWriteMany", "RWX"), ("ReadWriteOncePod", "RWOP")];

    public static string AccessModes(JsonElement? holder)
    {
        var given = holder.Items("accessModes").Select(m => m.GetString()).ToHashSet();
        return string.Join(',', Modes.Where(m => given.Contains(m.Mode)).Select(m => m.Short));
    }

    public static string StorageClass(JsonElement obj) =>
        obj.Get("metadata").Get("annotations").Text(ClassAnnotation) ?? obj.Get("spec").Text("storageClassName") ?? "";

    public static string Phase(JsonElement obj) => obj.Get("metadata").Get("deletionTimestamp") is null ? obj.Get("status").Text("phase") ?? "" : "Terminating";

    public static string OrUnset(string? text) => string.IsNullOrEmpty(text) ? "<unset>" : text;
}
