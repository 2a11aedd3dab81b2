using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of one container that are the same for containers of all kinds.</summary>
internal static class ContainerValidation
{
    /// <summary>Checks a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="path">Its path.</param>
    /// <param name="spec">The pod's spec.</param>
    /// <param name="volumes">The pod's volumes by name, with the field that says their type.</param>
    /// <param name="resourceClaims">Names of the pod's resource claims.</param>
    /// <param name="isPod">Whether it is a pod's own; a template's is checked less strictly.</param>
    /// <param name="errors">Receives what is wrong.</param>
    public static void Validate(
        JsonObject container, string path, JsonObject spec, IReadOnlyDictionary<string, string> volumes, IReadOnlySet<string> resourceClaims, bool isPod, ICollection<FieldError> errors)
    {
        var name = container.Text("name") ?? "";
        if (name.Length == 0) errors.Required($"{path}.name");
        else errors.All($"{path}.name", name, Names.DnsLabel(name));
        var image = container.Text("image") ?? "";
        if (image.Length == 0) errors.Required($"{path}.image");
        else if (isPod && image.Trim() != image) errors.Invalid($"{path}.image", image, "must not have leading or trailing whitespace");
        PodValidation.OneOf(container, path, "terminationMessagePolicy", errors, "FallbackToLogsOnError", "File");
        ValidatePorts(container, path, errors);
        EnvironmentValidation.Validate(container, path, errors);
        MountValidation.Validate(container, path, volumes, errors);
        // Without an image there is no policy to default to; one error is enough then.
        if (image.Length > 0) PodValidation.OneOf(container, path, "imagePullPolicy", errors, "Always", "IfNotPresent", "Never");
        if (container.Map("resources") is { } resources) ResourceValidation.Validate(resources, $"{path}.resources", resourceClaims, errors);
        ValidateResizePolicy(container, path, errors);
        if (container.Map("securityContext") is { } context) SecurityContextValidation.ValidateContainer(context, $"{path}.securityContext", spec["hostUsers"].Flag() ?? true, errors);
    }

    private static void ValidatePorts(JsonObject container, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        foreach (var (port, at) in container.Indexed("ports", path))
        {
            if (port.Text("name") is { Length: > 0 } name)
            {
                var reasons = Ports.Name(name).ToList();
                errors.All($"{at}.name", name, reasons);
                if (reasons.Count == 0 && !names.Add(name)) errors.Duplicate($"{at}.name", name);
            }

            if ((port.Number("containerPort") ?? 0) == 0) errors.Required($"{at}.containerPort");
            else errors.Range($"{at}.containerPort", port["containerPort"], 1, 65535);
            if ((port.Number("hostPort") ?? 0) != 0) errors.Range($"{at}.hostPort", port["hostPort"], 1, 65535);
            PodValidation.OneOf(port, at, "protocol", errors, "SCTP", "TCP", "UDP");
        }
    }

    private static void ValidateResizePolicy(JsonObject container, string path, ICollection<FieldError> errors)
    {
        var seen = new HashSet<string>();
        foreach (var (policy, at) in container.Indexed("resizePolicy", path))
        {
            var (resource, restart) = (policy.Text("resourceName") ?? "", policy.Text("restartPolicy") ?? "");
            if (!seen.Add(resource)) errors.Duplicate(at, resource);
            if (resource.Length == 0) errors.Required($"{path}.resizePolicy");
            else if (resource is not ("cpu" or "memory")) errors.NotSupported($"{path}.resizePolicy", resource, "cpu", "memory");
            if (restart.Length == 0) errors.Required($"{path}.resizePolicy");
            else if (restart is not ("NotRequired" or "RestartContainer")) errors.NotSupported($"{path}.resizePolicy", restart, "NotRequired", "RestartContainer");
        }
    }
}
