using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of where a container has the pod's volumes: mounted, or as devices.</summary>
internal static class MountValidation
{
    public static void Validate(JsonObject container, string path, IReadOnlyDictionary<string, string> volumes, ICollection<FieldError> errors)
    {
        var mounts = container.Indexed("volumeMounts", path).ToList();
        var devices = container.Indexed("volumeDevices", path).ToList();
        var targets = new HashSet<string>();
        foreach (var (mount, at) in mounts)
        {
            ValidateMount(container, mount, at, $"{path}.volumeMounts", volumes, targets, errors);
            if (devices.Any(d => d.Item.Text("name") == mount.Text("name"))) errors.Invalid($"{at}.name", mount["name"], "must not already exist in volumeDevices");
            if (devices.Any(d => d.Item.Text("devicePath") == mount.Text("mountPath"))) errors.Invalid($"{at}.mountPath", mount["mountPath"], "must not already exist as a path in volumeDevices");
        }

        ValidateDevices(devices, mounts, volumes, errors);
    }

    private static void ValidateMount(
        JsonObject container, JsonObject mount, string at, string list, IReadOnlyDictionary<string, string> volumes, HashSet<string> targets, ICollection<FieldError> errors)
    {
        var (name, target) = (mount.Text("name") ?? "", mount.Text("mountPath") ?? "");
        if (name.Length == 0) errors.Required($"{at}.name");
        if (!volumes.ContainsKey(name)) errors.NotFound($"{at}.name", name);
        if (target.Length == 0) errors.Required($"{at}.mountPath");
        if (!targets.Add(target)) errors.Invalid($"{at}.mountPath", target, "must be unique");
        // Kubernetes names the list, not the mount, in what follows.
        if (mount.Text("subPath") is { Length: > 0 } sub) Paths.ValidateDescending(sub, $"{list}.subPath", errors);
        if (mount.Text("subPathExpr") is { Length: > 0 } expression)
        {
            if (!mount.Lacks("subPath")) errors.Invalid($"{at}.subPathExpr", expression, "subPathExpr and subPath are mutually exclusive");
            Paths.ValidateDescending(expression, $"{list}.subPathExpr", errors);
        }

        if (mount.Text("mountPropagation") is { } propagation)
        {
            if (propagation is not ("Bidirectional" or "HostToContainer" or "None")) errors.NotSupported($"{list}.mountPropagation", propagation, "Bidirectional", "HostToContainer", "None");
            if (propagation == "Bidirectional" && !container.Map("securityContext").Flag("privileged"))
            {
                errors.Forbidden($"{list}.mountPropagation", "Bidirectional mount propagation is available only to privileged containers");
            }
        }

        switch (mount.Text("recursiveReadOnly"))
        {
            case null or "Disabled":
                break;
            case "Enabled" or "IfPossible":
                if (!mount.Flag("readOnly")) errors.Forbidden($"{list}.recursiveReadOnly", "may only be specified when readOnly is true");
                if (mount.Text("mountPropagation") is not (null or "None")) errors.Forbidden($"{list}.recursiveReadOnly", "may only be specified when mountPropagation is None or not specified");
                break;
            case var other:
                errors.NotSupported($"{list}.recursiveReadOnly", other, "Disabled", "Enabled", "IfPossible");
                break;
        }
    }

    private static void ValidateDevices(
        List<(JsonObject Item, string Path)> devices, List<(JsonObject Item, string Path)> mounts, IReadOnlyDictionary<string, string> volumes, ICollection<FieldError> errors)
    {
        var (names, targets) = (new HashSet<string>(), new HashSet<string>());
        foreach (var (device, at) in devices)
        {
            var (name, target) = (device.Text("name") ?? "", device.Text("devicePath") ?? "");
            if (name.Length == 0) errors.Required($"{at}.name");
            if (name.Length > 0 && !names.Add(name)) errors.Invalid($"{at}.name", name, "must be unique");
            if (!volumes.TryGetValue(name, out var type)) errors.NotFound($"{at}.name", name);
            else if (type is not ("persistentVolumeClaim" or "ephemeral")) errors.Invalid($"{at}.name", name, "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
            if (target.Length == 0) errors.Required($"{at}.devicePath");
            if (!targets.Add(target)) errors.Invalid($"{at}.devicePath", target, "must be unique");
            if (target.Split('/').Contains("..")) errors.Invalid($"{at}.devicePath", target, "can not contain backsteps ('..')");
            if (mounts.Any(m => m.Item.Text("name") == name)) errors.Invalid($"{at}.name", name, "must not already exist in volumeMounts");
            if (mounts.Any(m => m.Item.Text("mountPath") == target)) errors.Invalid($"{at}.devicePath", target, "must not already exist as a path in volumeMounts");
        }
    }
}
