using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's spec, with the paths and words of Kubernetes' <c>core/validation</c>.</summary>
internal static class PodValidation
{
    private const string DeletionCost = "controller.kubernetes.io/pod-deletion-cost";
    private const string MirrorPod = "kubernetes.io/config.mirror";

    /// <summary>Checks a spec.</summary>
    /// <param name="spec">The spec of a pod or of a template.</param>
    /// <param name="path">Its path in the object.</param>
    /// <param name="errors">Receives what is wrong.</param>
    /// <param name="claims">Names of volumes that an owner adds (claim templates of a StatefulSet).</param>
    /// <param name="pod">The pod's name when it is a pod's own spec; null for templates, which are checked less strictly.</param>
    public static void Validate(JsonObject? spec, string path, ICollection<FieldError> errors, IReadOnlyCollection<string>? claims = null, string? pod = null)
    {
        spec ??= [];
        var volumes = VolumeValidation.Validate(spec, path, pod, errors);
        foreach (var claim in claims ?? []) volumes.TryAdd(claim, "persistentVolumeClaim");
        var resourceClaims = ValidateResourceClaims(spec, path, errors);
        new ContainerListValidation(spec, path, volumes, resourceClaims, pod is not null, errors).Validate();
        ValidateHostNetworkPorts(spec, path, pod is not null, errors);
        OneOf(spec, path, "restartPolicy", errors, "Always", "OnFailure", "Never");
        OneOf(spec, path, "dnsPolicy", errors, "ClusterFirstWithHostNet", "ClusterFirst", "Default", "None");
        errors.LabelMap($"{path}.nodeSelector", spec.Map("nodeSelector"));
        SecurityContextValidation.ValidatePod(spec, path, errors);
        if (spec.Map("affinity") is { } affinity) AffinityValidation.Validate(affinity, $"{path}.affinity", errors);
        PodNetworkValidation.ValidateDns(spec, path, errors);
        foreach (var (gate, at) in spec.Indexed("readinessGates", path)) Qualified(gate.Text("conditionType"), $"{at}.conditionType", errors);
        ValidateSchedulingGates(spec, path, errors);
        TopologySpreadValidation.Validate(spec, path, errors);
        ValidateHostUsers(spec, path, errors);
        ValidateNames(spec, path, errors);
        errors.Range($"{path}.activeDeadlineSeconds", spec["activeDeadlineSeconds"], 1, int.MaxValue);
        TolerationValidation.Validate(spec, path, errors);
        PodNetworkValidation.ValidateHostAliases(spec, path, errors);
        if (spec.Text("preemptionPolicy") is not (null or "PreemptLowerPriority" or "Never")) errors.NotSupported($"{path}.preemptionPolicy", spec.Text("preemptionPolicy")!, "PreemptLowerPriority", "Never");
        if (spec.Map("overhead") is { } overhead) ResourceValidation.Validate(new JsonObject { ["limits"] = overhead.DeepClone() }, $"{path}.overhead", null, errors);
        if (spec.Map("resources") is { } resources) ResourceValidation.ValidatePodLevel(resources, $"{path}.resources", errors);
        ValidateOs(spec, path, errors);
    }

    /// <summary>Checks what holds for a new pod beyond its spec's form.</summary>
    public static void ValidateCreate(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec.Items("ephemeralContainers").Any()) errors.Forbidden($"{path}.ephemeralContainers", "cannot be set on create");
        if (!spec.Lacks("nodeName") && spec.Items("schedulingGates").Any()) errors.Forbidden($"{path}.nodeName", "cannot be set until all schedulingGates have been cleared");
    }

    /// <summary>Checks the annotations that have a meaning for pods.</summary>
    public static void ValidateAnnotations(JsonObject? metadata, JsonObject? spec, string path, ICollection<FieldError> errors)
    {
        var annotations = metadata.Map("annotations");
        if (annotations.Text(MirrorPod) is { } mirror && spec.Lacks("nodeName")) errors.Invalid($"{path}[{MirrorPod}]", mirror, "must set spec.nodeName if mirror pod annotation is set");
        if (annotations.Text(DeletionCost) is { } cost
            && (cost.StartsWith('+') || (cost.Length > 1 && cost[0] == '0') || !int.TryParse(cost, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)))
        {
            errors.Invalid($"{path}[{DeletionCost}]", cost, "must be a 32bit integer");
        }
    }

    public static bool IsMirror(JsonObject? pod) => pod.Map("metadata").Map("annotations")?[MirrorPod] is not null;

    public static void OneOf(JsonObject obj, string path, string field, ICollection<FieldError> errors, params string[] supported)
    {
        if (obj.Lacks(field)) errors.Required($"{path}.{field}");
        else if (obj.Text(field) is { } value && !supported.Contains(value)) errors.NotSupported($"{path}.{field}", value, supported);
    }

    private static void Qualified(string? name, string path, ICollection<FieldError> errors) => errors.All(path, name ?? "", Labels.Key(name ?? ""));

    private static HashSet<string> ValidateResourceClaims(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        foreach (var (claim, at) in spec.Indexed("resourceClaims", path))
        {
            var name = claim.Text("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else if (!names.Add(name)) errors.Duplicate($"{at}.name", name);
            else errors.All($"{at}.name", name, Names.DnsLabel(name));
            string?[] sources = [claim.Text("resourceClaimName"), claim.Text("resourceClaimTemplateName")];
            if (sources.All(s => s is not null)) errors.Invalid(at, claim, "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
            if (sources.All(s => s is null)) errors.Invalid(at, claim, "must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
            foreach (var field in new[] { "resourceClaimName", "resourceClaimTemplateName" })
            {
                if (claim.Text(field) is { } source) errors.All($"{at}.{field}", source, Names.DnsSubdomain(source));
            }
        }

        return names;
    }

    /// <summary>On the host's network a container's port is the host's. A template may leave the host's open: it is filled when the pod is made.</summary>
    private static void ValidateHostNetworkPorts(JsonObject spec, string path, bool isPod, ICollection<FieldError> errors)
    {
        if (!spec.Flag("hostNetwork")) return;
        foreach (var (container, at) in spec.Indexed("containers", path))
        {
            foreach (var (port, portPath) in container.Indexed("ports", at))
            {
                var host = port.Number("hostPort") ?? 0;
                if ((isPod || host != 0) && host != (port.Number("containerPort") ?? 0)) errors.Invalid($"{portPath}.hostPort", host, "must match `containerPort` when `hostNetwork` is true");
            }
        }
    }

    private static void ValidateSchedulingGates(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        foreach (var (gate, at) in spec.Indexed("schedulingGates", path))
        {
            var name = gate.Text("name") ?? "";
            Qualified(name, at, errors);
            if (!names.Add(name)) errors.Duplicate(at, name);
        }
    }

    private static void ValidateHostUsers(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec["hostUsers"].Flag() is not false) return;
        foreach (var field in new[] { "hostNetwork", "hostPID", "hostIPC" })
        {
            if (spec.Flag(field)) errors.Forbidden($"{path}.{field}", "when `hostUsers` is false");
        }
    }

    private static void ValidateNames(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName" })
        {
            if (spec.Text(field) is { Length: > 0 } name) errors.All($"{path}.{field}", name, Names.DnsSubdomain(name));
        }

        foreach (var field in new[] { "hostname", "subdomain" })
        {
            if (spec.Text(field) is { Length: > 0 } name) errors.All($"{path}.{field}", name, Names.DnsLabel(name));
        }
    }

    private static void ValidateOs(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec.Map("os") is not { } os) return;
        var name = os.Text("name") ?? "";
        if (name.Length == 0) errors.Required($"{path}.os.name", "cannot be empty");
        else if (name is not ("linux" or "windows")) errors.NotSupported($"{path}.os", name, "linux", "windows");
        else SecurityContextValidation.ValidateOs(spec, path, name, errors);
    }
}
