using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's containers of all three kinds: what each may have, and that their names and host ports do not clash.</summary>
internal sealed class ContainerListValidation(
    JsonObject spec, string path, IReadOnlyDictionary<string, string> volumes, IReadOnlySet<string> resourceClaims, bool isPod, ICollection<FieldError> errors)
{
    private const int MaxRestartRules = 20;

    private static readonly string[] Probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    private static readonly string[] RestartPolicies = ["Always", "Never", "OnFailure"];

    /// <summary>What an ephemeral container may not have, because nobody can rely on it.</summary>
    private static readonly string[] NotEphemeral = ["ports", "resources", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy", "restartPolicy", "restartPolicyRules"];

    private readonly HashSet<string> _names = [];

    public void Validate()
    {
        ValidateContainers();
        ValidateInitContainers();
        ValidateEphemeralContainers();
    }

    private void ValidateContainers()
    {
        if (!spec.Items("containers").Any())
        {
            errors.Required($"{path}.containers");
            return;
        }

        var hostPorts = new HashSet<string>();
        foreach (var (container, at) in spec.Indexed("containers", path))
        {
            ValidateCommon(container, at);
            if (!_names.Add(container.Text("name") ?? "")) errors.Duplicate($"{at}.name", container.Text("name") ?? "");
            ValidateHandlers(container, at);
            ValidateRestartPolicy(container, at);
            if (spec.Text("restartPolicy") == "Never") ValidateResizeWithoutRestart(container, at);
        }

        foreach (var (container, at) in spec.Indexed("containers", path)) ValidateHostPorts(container, at, hostPorts);
    }

    private void ValidateInitContainers()
    {
        foreach (var (container, at) in spec.Indexed("initContainers", path))
        {
            ValidateCommon(container, at);
            ValidateRestartPolicy(container, at);
            var name = container.Text("name") ?? "";
            if (name.Length > 0 && !_names.Add(name)) errors.Duplicate($"{at}.name", name);
            // They run one after the other, so that each has the ports for itself.
            ValidateHostPorts(container, at, []);
            if (container.Text("restartPolicy") == "Always")
            {
                ValidateHandlers(container, at);
                continue;
            }

            foreach (var field in Probes.Prepend("lifecycle"))
            {
                if (container[field] is not null) errors.Forbidden($"{at}.{field}", "may not be set for init containers without restartPolicy=Always");
            }

            if (container["resizePolicy"] is JsonArray { Count: > 0 } resize) errors.Invalid($"{at}.resizePolicy", resize, "must not be set for init containers");
        }
    }

    private void ValidateEphemeralContainers()
    {
        var targets = _names.ToHashSet();
        foreach (var (container, at) in spec.Indexed("ephemeralContainers", path))
        {
            ValidateCommon(container, at);
            var name = container.Text("name") ?? "";
            if (!_names.Add(name)) errors.Duplicate($"{at}.name", name);
            if (container.Text("targetContainerName") is { Length: > 0 } target && !targets.Contains(target)) errors.NotFound($"{at}.targetContainerName", target);
            foreach (var field in NotEphemeral)
            {
                if (container[field] is { } value && value is not (JsonObject { Count: 0 } or JsonArray { Count: 0 })) errors.Forbidden($"{at}.{field}", "cannot be set for an Ephemeral Container");
            }

            foreach (var (mount, mountPath) in container.Indexed("volumeMounts", at))
            {
                foreach (var field in new[] { "subPath", "subPathExpr" })
                {
                    if (!mount.Lacks(field)) errors.Forbidden($"{mountPath}.{field}", "cannot be set for an Ephemeral Container");
                }
            }
        }
    }

    private void ValidateCommon(JsonObject container, string at) => ContainerValidation.Validate(container, at, spec, volumes, resourceClaims, isPod, errors);

    private void ValidateHandlers(JsonObject container, string at)
    {
        var grace = spec.Number("terminationGracePeriodSeconds") ?? 0;
        foreach (var hook in new[] { "postStart", "preStop" })
        {
            if (container.Map("lifecycle").Map(hook) is { } handler) HandlerValidation.ValidateHook(handler, $"{at}.lifecycle.{hook}", grace, errors);
        }

        foreach (var probe in Probes)
        {
            if (container.Map(probe) is { } checks) HandlerValidation.ValidateProbe(checks, $"{at}.{probe}", probe == "readinessProbe", errors);
        }
    }

    private void ValidateRestartPolicy(JsonObject container, string at)
    {
        var policy = container.Text("restartPolicy");
        if (policy is not null && !RestartPolicies.Contains(policy)) errors.NotSupported($"{at}.restartPolicy", policy, RestartPolicies);
        var rules = container.Indexed("restartPolicyRules", at).ToList();
        if (rules.Count > 0 && policy is null) errors.Required($"{at}.restartPolicy", "must specify restartPolicy when restart rules are used");
        if (rules.Count > MaxRestartRules) errors.TooMany($"{at}.restartPolicyRules", rules.Count, MaxRestartRules);
        foreach (var (rule, rulePath) in rules)
        {
            if (rule.Text("action") is not "Restart") errors.NotSupported($"{rulePath}.action", rule.Text("action") ?? "", "Restart");
            var codes = rule.Map("exitCodes");
            if (codes is null) errors.Required($"{rulePath}.exitCodes", "must be specified");
            else if (codes.Text("operator") is not ("In" or "NotIn")) errors.NotSupported($"{rulePath}.exitCodes.operator", codes.Text("operator") ?? "", "In", "NotIn");
        }
    }

    private void ValidateResizeWithoutRestart(JsonObject container, string at)
    {
        foreach (var (policy, _) in container.Indexed("resizePolicy", at))
        {
            if (policy.Text("restartPolicy") != "NotRequired") errors.Invalid($"{at}.resizePolicy", policy.Text("restartPolicy") ?? "", "must be 'NotRequired' when `restartPolicy` is 'Never'");
        }
    }

    private void ValidateHostPorts(JsonObject container, string at, HashSet<string> used)
    {
        foreach (var (port, portPath) in container.Indexed("ports", at))
        {
            if (port.Number("hostPort") is not (> 0 and var number)) continue;
            var text = $"{port.Text("protocol")}/{port.Text("hostIP")}/{number}";
            if (!used.Add(text)) errors.Duplicate($"{portPath}.hostPort", text);
        }
    }
}
