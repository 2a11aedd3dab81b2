using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.PersistentVolumes;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's volumes: a name and one source each.</summary>
internal static class VolumeValidation
{
    private static readonly string[] HostPathTypes = ["", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"];

    /// <summary>The sources that need no more than that some of their fields are there.</summary>
    private static readonly Dictionary<string, string[]> RequiredFields = new(StringComparer.Ordinal)
    {
        ["persistentVolumeClaim"] = ["claimName"],
        ["glusterfs"] = ["endpoints", "path"],
        ["azureFile"] = ["secretName", "shareName"],
        ["vsphereVolume"] = ["volumePath"],
        ["photonPersistentDisk"] = ["pdID"],
        ["portworxVolume"] = ["volumeID"],
        ["scaleIO"] = ["gateway", "system", "volumeName"],
        ["cinder"] = ["volumeID"],
        ["gitRepo"] = ["repository"],
        ["nfs"] = ["server", "path"],
        ["storageos"] = ["volumeName"],
        ["gcePersistentDisk"] = ["pdName"],
        ["awsElasticBlockStore"] = ["volumeID"],
        ["flexVolume"] = ["driver"],
        ["iscsi"] = ["targetPortal", "iqn"],
        ["rbd"] = ["image"],
        ["azureDisk"] = ["diskName", "diskURI"],
        ["quobyte"] = ["registry", "volume"],
        ["secret"] = ["secretName"],
        ["configMap"] = ["name"],
        ["image"] = ["reference"],
    };

    /// <summary>Checks the volumes of a spec.</summary>
    /// <returns>Those that are right, by name, with the field that says their type.</returns>
    public static Dictionary<string, string> Validate(JsonObject spec, string path, string? pod, ICollection<FieldError> errors)
    {
        var volumes = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (volume, at) in spec.Indexed("volumes", path))
        {
            var found = new List<FieldError>();
            var sources = volume.Where(p => p.Key != "name").Select(p => p.Key).ToList();
            foreach (var extra in sources.Skip(1)) found.Forbidden($"{at}.{extra}", "may not specify more than 1 volume type");
            if (sources is [var type, ..]) ValidateSource(volume, type, at, pod, found);
            else found.Required(at, "must specify a volume type");
            var name = volume.Text("name") ?? "";
            if (name.Length == 0) found.Required($"{at}.name");
            else found.All($"{at}.name", name, Names.DnsLabel(name));
            if (volumes.ContainsKey(name)) found.Duplicate($"{at}.name", name);
            if (found.Count == 0) volumes[name] = sources[0];
            foreach (var error in found) errors.Add(error);
        }

        return volumes;
    }

    private static void ValidateSource(JsonObject volume, string type, string at, string? pod, ICollection<FieldError> errors)
    {
        var path = $"{at}.{type}";
        var source = volume.Map(type) ?? [];
        if (RequiredFields.TryGetValue(type, out var fields)) errors.Require(source, type == "gcePersistentDisk" ? $"{at}.persistentDisk" : path, fields);
        switch (type)
        {
            case "emptyDir":
                if (Quantity.TryParse(source.Text("sizeLimit") ?? "", out var limit) && limit.Value < 0) errors.Forbidden($"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity");
                break;
            case "hostPath":
                ValidateHostPath(source, path, errors);
                break;
            case "secret" or "configMap":
                ProjectedVolumeValidation.ValidateItems(source, path, errors);
                break;
            case "downwardAPI":
                ProjectedVolumeValidation.ValidateDownward(source, path, errors);
                break;
            case "projected":
                ProjectedVolumeValidation.Validate(source, path, errors);
                break;
            case "ephemeral":
                ValidateEphemeral(volume, source, at, pod, errors);
                break;
            case "csi":
                ValidateCsi(source, path, errors);
                break;
            case "gitRepo":
                Paths.ValidateDescending(source.Text("directory") ?? "", $"{path}.directory", errors);
                break;
            case "image":
                if (source.Text("pullPolicy") is { } pull and not ("Always" or "IfNotPresent" or "Never")) errors.NotSupported($"{path}.pullPolicy", pull, "Always", "IfNotPresent", "Never");
                break;
            default:
                ValidateNetworkSource(volume, source, type, at, errors);
                break;
        }
    }

    private static void ValidateHostPath(JsonObject source, string path, ICollection<FieldError> errors)
    {
        if (source.Lacks("path"))
        {
            errors.Required($"{path}.path");
            return;
        }

        Paths.ValidateNoBacksteps(source.Text("path")!, $"{path}.path", errors);
        if (source.Text("type") is { } type && !HostPathTypes.Contains(type)) errors.NotSupported($"{path}.type", type, HostPathTypes);
    }

    private static void ValidateEphemeral(JsonObject volume, JsonObject source, string at, string? pod, ICollection<FieldError> errors)
    {
        var path = $"{at}.ephemeral.volumeClaimTemplate";
        if (source.Map("volumeClaimTemplate") is not { } template)
        {
            errors.Required(path);
            return;
        }

        var metadata = template.Map("metadata");
        ObjectMetaValidation.ValidateAnnotations(metadata, $"{path}.metadata.annotations", errors);
        errors.LabelMap($"{path}.metadata.labels", metadata.Map("labels"));
        foreach (var (field, _) in metadata ?? [])
        {
            if (field is not ("annotations" or "labels")) errors.Forbidden($"{path}.metadata.{field}", "cannot be set");
        }

        PersistentVolumeClaimValidation.Validate(template.Map("spec") ?? [], $"{path}.spec", errors);
        if (string.IsNullOrEmpty(pod) || volume.Lacks("name")) return;
        var claim = $"{pod}-{volume.Text("name")}";
        foreach (var reason in Names.DnsSubdomain(claim)) errors.Invalid($"{at}.name", volume["name"], $"PVC name \"{claim}\": {reason}");
    }

    private static void ValidateCsi(JsonObject source, string path, ICollection<FieldError> errors)
    {
        var driver = source.Text("driver") ?? "";
        if (driver.Length == 0) errors.Required($"{path}.driver");
        if (driver.Length > 63) errors.TooLong($"{path}.driver", 63);
        errors.All($"{path}.driver", driver, Names.DnsSubdomain(driver.ToLowerInvariant()));
        if (source.Map("nodePublishSecretRef") is { } secret) errors.Require(secret, $"{path}.nodePublishSecretRef", "name");
    }

    private static void ValidateNetworkSource(JsonObject volume, JsonObject source, string type, string at, ICollection<FieldError> errors)
    {
        var path = $"{at}.{type}";
        switch (type)
        {
            case "gcePersistentDisk":
                errors.Range($"{at}.persistentDisk.partition", source["partition"], 0, 255);
                break;
            case "awsElasticBlockStore":
                errors.Range($"{path}.partition", source["partition"], 0, 255);
                break;
            case "nfs":
                if (source.Text("path") is { } target && !target.StartsWith('/')) errors.Invalid($"{path}.path", target, "must be an absolute path");
                break;
            case "iscsi":
                ValidateIscsi(volume, source, at, errors);
                break;
            case "rbd" or "cephfs":
                if (source["monitors"] is not JsonArray { Count: > 0 }) errors.Required($"{path}.monitors");
                break;
            case "cinder" or "storageos":
                if (source.Map("secretRef") is { } secret) errors.Require(secret, $"{path}.secretRef", "name");
                break;
            case "flocker":
                var (name, uuid) = (source.Text("datasetName") ?? "", source.Text("datasetUUID") ?? "");
                if (name.Length == 0 && uuid.Length == 0) errors.Required(path, "one of datasetName and datasetUUID is required");
                if (name.Length > 0 && uuid.Length > 0) errors.Invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
                if (name.Contains('/')) errors.Invalid($"{path}.datasetName", name, "must not contain '/'");
                break;
            case "fc":
                ValidateFibreChannel(source, path, errors);
                break;
            case "flexVolume":
                foreach (var (key, _) in source.Map("options") ?? [])
                {
                    var domain = "." + key.Split('/')[0].ToLowerInvariant();
                    if (domain.EndsWith(".kubernetes.io", StringComparison.Ordinal) || domain.EndsWith(".k8s.io", StringComparison.Ordinal)) errors.Invalid($"{path}.options[{key}]", key, "kubernetes.io and k8s.io namespaces are reserved");
                }

                break;
            case "azureDisk":
                if (source.Text("cachingMode") is { } caching and not ("None" or "ReadOnly" or "ReadWrite")) errors.NotSupported($"{path}.cachingMode", caching, "None", "ReadOnly", "ReadWrite");
                if (source.Text("kind") is { } kind and not ("Dedicated" or "Managed" or "Shared")) errors.NotSupported($"{path}.kind", kind, "Dedicated", "Managed", "Shared");
                break;
            case "quobyte":
                if (source.Text("registry") is { Length: > 0 } registry && registry.Split(',').Any(p => p.LastIndexOf(':') <= 0)) errors.Invalid($"{path}.registry", registry, "must be a host:port pair or multiple pairs separated by commas");
                break;
        }
    }

    private static void ValidateIscsi(JsonObject volume, JsonObject source, string at, ICollection<FieldError> errors)
    {
        var path = $"{at}.iscsi";
        ValidateInitiator(source.Text("iqn"), $"{path}.iqn", errors);
        ValidateInitiator(source.Text("initiatorName"), $"{path}.initiatorname", errors);
        errors.Range($"{path}.lun", source["lun"], 0, 255);
        if ((source.Flag("chapAuthDiscovery") || source.Flag("chapAuthSession")) && source.Map("secretRef") is null) errors.Required($"{path}.secretRef");
        if (source["initiatorName"] is not null && $"{volume.Text("name")}:{source.Text("targetPortal")}".Length > 64)
        {
            errors.Invalid($"{at}.name", volume["name"], "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.");
        }
    }

    private static void ValidateInitiator(string? name, string path, ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(name)) return;
        var prefix = name[..Math.Min(3, name.Length)];
        if (prefix is not ("iqn" or "eui" or "naa")) errors.Invalid(path, name, "must be valid format starting with iqn, eui, or naa");
        else if (prefix == "iqn" ? !name.StartsWith("iqn.", StringComparison.Ordinal) || !name.Contains(':') : name.Length != (prefix == "eui" ? 20 : 36)) errors.Invalid(path, name, "must be valid format");
    }

    private static void ValidateFibreChannel(JsonObject source, string path, ICollection<FieldError> errors)
    {
        var targets = source["targetWWNs"] as JsonArray ?? [];
        var ids = source["wwids"] as JsonArray ?? [];
        if (targets.Count == 0 && ids.Count == 0) errors.Required($"{path}.targetWWNs", "must specify either targetWWNs or wwids, but not both");
        if (targets.Count > 0 && ids.Count > 0) errors.Invalid($"{path}.targetWWNs", targets, "targetWWNs and wwids can not be specified simultaneously");
        if (targets.Count == 0) return;
        if (source["lun"] is null) errors.Required($"{path}.lun", "lun is required if targetWWNs is specified");
        else errors.Range($"{path}.lun", source["lun"], 0, 255);
    }
}
