using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Storage;

/// <summary>The kinds of <c>storage.k8s.io</c>.</summary>
internal static class StorageResources
{
    private const string Group = "storage.k8s.io";

    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define(Group, "v1", "CSIDriver", "csidrivers", new CsiDriverStrategy(), StoragePrinters.CsiDriver, namespaced: false),
        Define(Group, "v1", "CSINode", "csinodes", new CsiNodeStrategy(), StoragePrinters.CsiNode, namespaced: false),
        Define(Group, "v1", "CSIStorageCapacity", "csistoragecapacities", new CsiStorageCapacityStrategy(), StoragePrinters.CsiStorageCapacity),
        Define(Group, "v1", "StorageClass", "storageclasses", new StorageClassStrategy(), StoragePrinters.StorageClass, ["sc"], namespaced: false),
        Define(Group, "v1", "VolumeAttachment", "volumeattachments", new VolumeAttachmentStrategy(), StoragePrinters.VolumeAttachment, namespaced: false) with { Subresources = [Status] },
        Define(Group, "v1", "VolumeAttributesClass", "volumeattributesclasses", new VolumeAttributesClassStrategy(), StoragePrinters.VolumeAttributesClass, ["vac"], namespaced: false),
    ];
}
