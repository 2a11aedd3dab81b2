using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's spec, with the paths and words of Kubernetes' <c>core/validation</c>.</summary>
internal static class PodValidation
{
    public static void Validate(JsonObject? spec, string path, ICollection<FieldError> errors, IReadOnlyCollection<string>? claims = null)
    {
        if (spec is null || !spec.Items("containers").Any())
        {
            errors.Required($"{path}.containers");
            return;
        }

        var volumes = ValidateVolumes(spec, $"{path}.volumes", errors);
        volumes.UnionWith(claims ?? []);
        var names = new HashSet<string>();
        foreach (var list in new[] { "initContainers", "containers" })
        {
            var i = 0;
            foreach (var container in spec.Items(list)) ContainerValidation.Validate(container, $"{path}.{list}[{i++}]", volumes, names, errors);
        }

        ValidateHostPorts(spec, path, errors);
        OneOf(spec, path, "restartPolicy", errors, "Always", "OnFailure", "Never");
        OneOf(spec, path, "dnsPolicy", errors, "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        if (spec.Number("terminationGracePeriodSeconds") is < 0) errors.Invalid($"{path}.terminationGracePeriodSeconds", spec["terminationGracePeriodSeconds"], "must be greater than or equal to 0");
        if (spec["activeDeadlineSeconds"] is { } deadline && deadline.Number() is < 1 or > int.MaxValue)
        {
            errors.Invalid($"{path}.activeDeadlineSeconds", deadline, $"must be between 1 and {int.MaxValue}, inclusive");
        }

        foreach (var (key, value) in spec.Map("nodeSelector") ?? [])
        {
            errors.All($"{path}.nodeSelector", key, Labels.Key(key));
            errors.All($"{path}.nodeSelector", value.Text() ?? "", Labels.Value(value.Text() ?? ""));
        }

        foreach (var field in new[] { "hostname", "subdomain" })
        {
            if (spec.Text(field) is { Length: > 0 } text) errors.All($"{path}.{field}", text, Names.DnsLabel(text));
        }

        foreach (var field in new[] { "nodeName", "serviceAccountName", "priorityClassName", "runtimeClassName" })
        {
            if (spec.Text(field) is { Length: > 0 } text) errors.All($"{path}.{field}", text, Names.DnsSubdomain(text));
        }

        ValidateTolerations(spec, path, errors);
    }

    internal static void OneOf(JsonObject obj, string path, string field, ICollection<FieldError> errors, params string[] supported)
    {
        if (obj[field] is null) errors.Required($"{path}.{field}");
        else if (obj.Text(field) is { } value && !supported.Contains(value)) errors.NotSupported($"{path}.{field}", value, supported);
    }

    internal static void ValidateResources(JsonObject? resources, string path, ICollection<FieldError> errors)
    {
        if (resources is null) return;
        foreach (var kind in new[] { "limits", "requests" })
        {
            foreach (var (name, value) in resources.Map(kind) ?? [])
            {
                if (!name.Contains('/') && name is not ("cpu" or "memory" or "ephemeral-storage") && !name.StartsWith("hugepages-", StringComparison.Ordinal))
                {
                    errors.Invalid($"{path}.{kind}", name, "must be a standard resource type or fully qualified");
                    errors.Invalid($"{path}.{kind}", name, "must be a standard resource for containers");
                }

                if (Quantity.TryParse(value.Text() ?? "", out var quantity) && quantity.Value < 0) errors.Invalid($"{path}.{kind}[{name}]", value, "must be greater than or equal to 0");
            }
        }

        foreach (var (name, value) in resources.Map("requests") ?? [])
        {
            if (resources.Map("limits").Text(name) is { } limitText && Quantity.TryParse(limitText, out var limit) && Quantity.TryParse(value.Text() ?? "", out var request) && request > limit)
            {
                errors.Invalid($"{path}.requests", value, $"must be less than or equal to {name} limit of {limit}");
            }
        }
    }

    private static HashSet<string> ValidateVolumes(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        var i = 0;
        foreach (var volume in spec.Items("volumes"))
        {
            var at = $"{path}[{i++}]";
            var name = volume.Text("name") ?? "";
            if (name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else
            {
                errors.All($"{at}.name", name, Names.DnsLabel(name));
                if (!names.Add(name)) errors.Duplicate($"{at}.name", name);
            }

            var sources = volume.Where(p => p.Key != "name").Select(p => p.Key).ToList();
            foreach (var extra in sources.Skip(1)) errors.Forbidden($"{at}.{extra}", "may not specify more than 1 volume type");
            ValidateSource(volume, at, errors);
        }

        return names;
    }

    private static void ValidateSource(JsonObject volume, string at, ICollection<FieldError> errors)
    {
        if (volume.Map("hostPath") is { } host)
        {
            if (string.IsNullOrEmpty(host.Text("path"))) errors.Required($"{at}.hostPath.path");
            else if (host.Text("path")!.Split('/').Contains("..")) errors.Invalid($"{at}.hostPath.path", host["path"], "must not contain '..'");
            string[] types = ["", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];
            if (host.Text("type") is { } type && !types.Contains(type)) errors.NotSupported($"{at}.hostPath.type", type, types);
        }

        if (volume.Map("configMap") is { } config && string.IsNullOrEmpty(config.Text("name"))) errors.Required($"{at}.configMap.name");
        if (volume.Map("secret") is { } secret && string.IsNullOrEmpty(secret.Text("secretName"))) errors.Required($"{at}.secret.secretName");
        if (volume.Map("persistentVolumeClaim") is { } claim && string.IsNullOrEmpty(claim.Text("claimName"))) errors.Required($"{at}.persistentVolumeClaim.claimName");
        foreach (var source in new[] { "configMap", "secret", "downwardAPI", "projected" })
        {
            if (volume.Map(source).Number("defaultMode") is < 0 or > 511) errors.Invalid($"{at}.{source}.defaultMode", volume.Map(source)!["defaultMode"], "must be a number between 0 and 0777 (octal), both inclusive");
            var i = 0;
            foreach (var item in volume.Map(source).Items("items"))
            {
                var path = item.Text("path") ?? "";
                if (path.Length == 0) errors.Required($"{at}.{source}.items[{i}].path");
                if (path.StartsWith('/')) errors.Invalid($"{at}.{source}.items[{i}].path", path, "must be a relative path");
                if (path.Split('/').Contains("..")) errors.Invalid($"{at}.{source}.items[{i}].path", path, "must not contain '..'");
                i++;
            }
        }
    }

    private static void ValidateHostPorts(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var used = new HashSet<string>();
        var c = 0;
        foreach (var container in spec.Items("containers"))
        {
            var p = 0;
            foreach (var port in container.Items("ports"))
            {
                if (port.Number("hostPort") is > 0 and var number && !used.Add($"{port.Text("protocol")}/{port.Text("hostIP")}/{number}"))
                {
                    errors.Duplicate($"{path}.containers[{c}].ports[{p}].hostPort", $"{port.Text("hostIP")}/{port.Text("protocol")}/{number}");
                }

                p++;
            }

            c++;
        }
    }

    internal static void ValidateTolerations(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var toleration in spec.Items("tolerations"))
        {
            var at = $"{path}.tolerations[{i++}]";
            var operation = toleration.Text("operator") ?? "";
            if (toleration.Text("key") is { Length: > 0 } key) errors.All($"{at}.key", key, Labels.Key(key));
            else if (operation != "Exists") errors.Invalid($"{at}.operator", operation, "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
            if (operation is not ("" or "Equal" or "Exists")) errors.NotSupported($"{at}.operator", operation, "Equal", "Exists");
            if (operation == "Exists" && !string.IsNullOrEmpty(toleration.Text("value"))) errors.Invalid($"{at}.operator", toleration["value"], "value must be empty when `operator` is 'Exists'");
            if (toleration.Text("effect") is { Length: > 0 } effect && effect is not ("NoSchedule" or "PreferNoSchedule" or "NoExecute")) errors.NotSupported($"{at}.effect", effect, "NoSchedule", "PreferNoSchedule", "NoExecute");
        }
    }
}
