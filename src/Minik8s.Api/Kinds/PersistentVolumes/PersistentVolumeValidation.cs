using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>Checks of a volume's spec, on its own or inline in a VolumeAttachment.</summary>
internal static class PersistentVolumeValidation
{
    /// <summary>The kinds of storage, in the order in which Kubernetes looks at them.</summary>
    public static readonly string[] Sources =
    [
        "hostPath", "gcePersistentDisk", "awsElasticBlockStore", "glusterfs", "flocker", "nfs", "rbd", "quobyte", "cephfs", "iscsi", "cinder", "fc", "flexVolume",
        "azureFile", "vsphereVolume", "photonPersistentDisk", "portworxVolume", "azureDisk", "scaleIO", "local", "storageos", "csi",
    ];

    private static readonly (string Source, string Field)[] RequiredFields =
    [
        ("gcePersistentDisk", "pdName"), ("awsElasticBlockStore", "volumeID"), ("glusterfs", "endpoints"), ("glusterfs", "path"), ("nfs", "server"), ("nfs", "path"),
        ("rbd", "monitors"), ("rbd", "image"), ("quobyte", "registry"), ("quobyte", "volume"), ("cephfs", "monitors"), ("iscsi", "targetPortal"), ("iscsi", "iqn"),
        ("cinder", "volumeID"), ("flexVolume", "driver"), ("azureFile", "secretName"), ("azureFile", "shareName"), ("vsphereVolume", "volumePath"),
        ("photonPersistentDisk", "pdID"), ("portworxVolume", "volumeID"), ("azureDisk", "diskName"), ("azureDisk", "diskURI"), ("scaleIO", "gateway"), ("scaleIO", "system"),
        ("scaleIO", "volumeName"), ("csi", "volumeHandle"),
    ];

    private static readonly string[] HostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    public static void Validate(JsonObject spec, string path, bool inline, ICollection<FieldError> errors)
    {
        if (inline) ValidateInline(spec, path, errors);
        VolumeChecks.ValidateAccessModes(spec, path, "", errors);
        if (!inline) ValidateCapacity(spec, path, errors);
        var policy = spec.Text("persistentVolumeReclaimPolicy") ?? "";
        if (inline && policy is not ("" or "Retain")) errors.Forbidden($"{path}.persistentVolumeReclaimPolicy", "may only be Retain in the context of inline volumes");
        if (!inline && policy is not ("" or "Delete" or "Recycle" or "Retain")) errors.NotSupported($"{path}.persistentVolumeReclaimPolicy", policy, "Delete", "Recycle", "Retain");
        if (!inline && spec.Map("nodeAffinity") is { } affinity)
        {
            if (affinity.Map("required") is { } required) NodeSelectorValidation.Validate(required, $"{path}.nodeAffinity.required", errors);
            else errors.Required($"{path}.nodeAffinity.required", "must specify required node constraints");
        }

        ValidateSources(spec, path, errors);
        var host = spec.Map("hostPath").Text("path");
        if (policy == "Recycle" && host is { Length: > 0 } && host.Trim('/').Length == 0) errors.Forbidden($"{path}.persistentVolumeReclaimPolicy", "may not be 'recycle' for a hostPath mount of '/'");
        if (!inline)
        {
            VolumeChecks.ValidateClass(spec, "storageClassName", path, errors);
            VolumeChecks.ValidateMode(spec, path, errors);
        }

        if (spec.Text("volumeAttributesClassName") is not { } attributes) return;
        if (attributes.Length == 0) errors.Required($"{path}.volumeAttributesClassName", "an empty string is disallowed");
        VolumeChecks.ValidateClass(spec, "volumeAttributesClassName", path, errors);
        if (spec.Map("csi") is null) errors.Required($"{path}.csi", "has to be specified when using volumeAttributesClassName");
    }

    private static void ValidateInline(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        const string why = "may not be specified in the context of inline volumes";
        if (spec["claimRef"] is not null) errors.Forbidden($"{path}.claimRef", why);
        if (spec.Map("capacity") is { Count: > 0 }) errors.Forbidden($"{path}.capacity", why);
        if (spec.Map("csi") is null) errors.Required($"{path}.csi", "has to be specified in the context of inline volumes");
        if (spec["nodeAffinity"] is not null) errors.Forbidden($"{path}.nodeAffinity", why);
        if (!string.IsNullOrEmpty(spec.Text("storageClassName"))) errors.Forbidden($"{path}.storageClassName", why);
        if (spec.Text("volumeMode") is not (null or "Filesystem")) errors.Forbidden($"{path}.volumeMode", "may not specify volumeMode other than Filesystem in the context of inline volumes");
    }

    private static void ValidateCapacity(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var capacity = spec.Map("capacity") ?? [];
        if (capacity.Count == 0) errors.Required($"{path}.capacity");
        if (!capacity.ContainsKey("storage") || capacity.Count > 1)
        {
            errors.Add(new(FieldErrorType.NotSupported, $"{path}.capacity", capacity.ToJsonString(), "supported values: \"storage\""));
        }

        foreach (var (name, value) in capacity) ResourceNames.ValidatePositive(value, $"{path}.capacity[{name}]", errors);
    }

    private static void ValidateSources(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var given = Sources.Where(s => spec[s] is JsonObject).ToList();
        if (given.Count == 0)
        {
            errors.Required(path, "must specify a volume type");
            return;
        }

        foreach (var extra in given.Skip(1)) errors.Forbidden($"{path}.{extra}", "may not specify more than 1 volume type");
        var source = given[0];
        var fields = spec.Map(source)!;
        var at = $"{path}.{source}";
        foreach (var (_, field) in RequiredFields.Where(r => r.Source == source))
        {
            if (fields[field] is null or JsonArray { Count: 0 } || fields.Text(field) is "") errors.Required($"{at}.{field}");
        }

        switch (source)
        {
            case "hostPath":
                ValidatePath(fields, at, errors);
                if (fields.Text("type") is { } type && !HostPathTypes.Contains(type)) errors.NotSupported($"{at}.type", type, HostPathTypes);
                break;
            case "nfs" when fields.Text("path") is { Length: > 0 } directory && directory[0] != '/':
                errors.Invalid($"{at}.path", directory, "must be an absolute path");
                break;
            case "local":
                ValidatePath(fields, at, errors);
                if (spec["nodeAffinity"] is null) errors.Required($"{path}.nodeAffinity", "Local volume requires node affinity");
                break;
            case "csi":
                VolumeChecks.ValidateDriver(fields.Text("driver") ?? "", $"{at}.driver", errors);
                foreach (var secret in new[] { "controllerPublishSecretRef", "controllerExpandSecretRef", "nodePublishSecretRef", "nodeExpandSecretRef" })
                {
                    if (fields.Map(secret) is { } reference) ValidateSecret(reference, $"{at}.{secret}", errors);
                }

                break;
        }
    }

    private static void ValidatePath(JsonObject fields, string at, ICollection<FieldError> errors)
    {
        var directory = fields.Text("path") ?? "";
        if (directory.Length == 0) errors.Required($"{at}.path");
        else if (directory.Split('/').Contains("..")) errors.Invalid($"{at}.path", directory, "must not contain '..'");
    }

    private static void ValidateSecret(JsonObject reference, string path, ICollection<FieldError> errors)
    {
        var (name, ns) = (reference.Text("name") ?? "", reference.Text("namespace") ?? "");
        if (name.Length == 0) errors.Required($"{path}.name");
        else errors.All($"{path}.name", name, Names.DnsSubdomain(name));
        if (ns.Length == 0) errors.Required($"{path}.namespace");
        else errors.All($"{path}.namespace", ns, Names.DnsLabel(ns));
    }
}
