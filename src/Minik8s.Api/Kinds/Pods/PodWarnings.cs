using System.Text.Json.Nodes;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>What is accepted in a pod's spec but probably not meant (Kubernetes' <c>api/pod</c> warnings).</summary>
internal static class PodWarnings
{
    private const string NullSelector = "a null labelSelector results in matching no pod";

    private static readonly Dictionary<string, string> OldNodeLabels = new(StringComparer.Ordinal)
    {
        ["beta.kubernetes.io/arch"] = "deprecated since v1.14; use \"kubernetes.io/arch\" instead",
        ["beta.kubernetes.io/os"] = "deprecated since v1.14; use \"kubernetes.io/os\" instead",
        ["failure-domain.beta.kubernetes.io/region"] = "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead",
        ["failure-domain.beta.kubernetes.io/zone"] = "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead",
        ["beta.kubernetes.io/instance-type"] = "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead",
    };

    private static readonly Dictionary<string, string> OldVolumes = new(StringComparer.Ordinal)
    {
        ["photonPersistentDisk"] = "deprecated in v1.11, non-functional in v1.16+",
        ["gitRepo"] = "deprecated in v1.11, and disabled by default in v1.33+",
        ["scaleIO"] = "deprecated in v1.16, non-functional in v1.22+",
        ["flocker"] = "deprecated in v1.22, non-functional in v1.25+",
        ["storageos"] = "deprecated in v1.22, non-functional in v1.25+",
        ["quobyte"] = "deprecated in v1.22, non-functional in v1.25+",
        ["glusterfs"] = "deprecated in v1.25, non-functional in v1.26+",
        ["cephfs"] = "deprecated in v1.28, non-functional in v1.31+",
        ["rbd"] = "deprecated in v1.28, non-functional in v1.31+",
    };

    /// <summary>The warnings about a template at a path of property names; none when an update leaves the template as it was.</summary>
    public static IEnumerable<string> OfTemplate(JsonObject obj, JsonObject? old, params ReadOnlySpan<string> path)
    {
        JsonObject? template = obj, before = old;
        foreach (var name in path)
        {
            template = template.Map(name);
            before = before.Map(name);
        }

        if (template is null || (before is not null && JsonNode.DeepEquals(template, before))) return [];
        return OfSpec(template.Map("spec"), $"{string.Join('.', path)}.spec");
    }

    public static IEnumerable<string> OfSpec(JsonObject? spec, string path) =>
        OfScheduling(spec, path).Concat(OfVolumes(spec, path)).Concat(new[] { "initContainers", "containers" }.SelectMany(l => spec.Indexed(l, path)).SelectMany(c => OfContainer(c.Item, c.Path)));

    private static IEnumerable<string> OfScheduling(JsonObject? spec, string path)
    {
        foreach (var (key, _) in spec.Map("nodeSelector") ?? [])
        {
            if (OldNodeLabels.TryGetValue(key, out var why)) yield return $"{path}.nodeSelector[{key}]: {why}";
        }

        const string required = "requiredDuringSchedulingIgnoredDuringExecution";
        var affinity = spec.Map("affinity");
        foreach (var (term, at) in affinity.Map("nodeAffinity").Map(required).Indexed("nodeSelectorTerms", $"{path}.affinity.nodeAffinity.{required}"))
        {
            foreach (var (requirement, requirementPath) in term.Indexed("matchExpressions", at))
            {
                if (OldNodeLabels.TryGetValue(requirement.Text("key") ?? "", out var why)) yield return $"{requirementPath}.key: {requirement.Text("key")} is {why}";
            }
        }

        foreach (var kind in new[] { "podAffinity", "podAntiAffinity" })
        {
            foreach (var (term, at) in affinity.Map(kind).Indexed(required, $"{path}.affinity.{kind}"))
            {
                if (term["labelSelector"] is null) yield return $"{at}.labelSelector: {NullSelector}";
            }
        }

        foreach (var (constraint, at) in spec.Indexed("topologySpreadConstraints", path))
        {
            if (constraint["labelSelector"] is null) yield return $"{at}.labelSelector: {NullSelector}";
        }

        if (spec.Number("terminationGracePeriodSeconds") is < 0) yield return $"{path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1";
    }

    private static IEnumerable<string> OfVolumes(JsonObject? spec, string path)
    {
        foreach (var (volume, at) in spec.Indexed("volumes", path))
        {
            foreach (var (type, why) in OldVolumes)
            {
                if (volume[type] is not null) yield return $"{at}.{type}: {why}";
            }
        }

        foreach (var (secret, at) in spec.Indexed("imagePullSecrets", path))
        {
            if (secret.Lacks("name")) yield return $"{at}.name: invalid empty name \"\"";
        }
    }

    private static IEnumerable<string> OfContainer(JsonObject container, string path)
    {
        var names = new HashSet<string>();
        foreach (var (variable, at) in container.Indexed("env", path))
        {
            var name = variable.Text("name") ?? "";
            // A variable may extend what it was before.
            if (!names.Add(name) && variable.Text("value")?.Contains($"$({name})", StringComparison.Ordinal) != true) yield return $"{at}: hides previous definition of \"{name}\", which may be dropped when using apply";
        }

        foreach (var list in new[] { "limits", "requests" })
        {
            foreach (var (name, value) in container.Map("resources").Map(list) ?? [])
            {
                if (name is "memory" or "ephemeral-storage" && Quantity.TryParse(value.Text() ?? "", out var quantity) && quantity.MilliValue % 1000 != 0)
                {
                    yield return $"{path}.resources.{list}[{name}]: fractional byte value \"{value.Text()}\" is invalid, must be an integer";
                }
            }
        }

        var ports = new Dictionary<string, string>();
        foreach (var (port, at) in container.Indexed("ports", path))
        {
            var key = $"{port.Number("containerPort")}/{port.Text("protocol")}/{port.Number("hostPort")}/{port.Text("hostIP")}";
            if (!ports.TryAdd(key, at)) yield return $"{at}: duplicate port definition with {ports[key]}";
        }
    }
}
