using k8s.Models;

namespace Minik8s.Controllers.Jobs;

/// <summary>What a job's <c>podFailurePolicy</c> makes of a failed pod (KEP-3329, KEP-3850): the first rule that matches decides.</summary>
internal readonly record struct FailurePolicy(string? Action, string? FailJobMessage)
{
    /// <summary>Whether the failure counts against the limits.</summary>
    public bool Counts => Action != "Ignore";

    public static FailurePolicy Match(V1JobSpec spec, V1Pod pod)
    {
        var rules = spec.PodFailurePolicy?.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            var rule = rules[i];
            if (rule.Action == "FailIndex" && spec.BackoffLimitPerIndex is null) continue;
            if (Describe(rule, pod) is not { } what) continue;
            return new(rule.Action, rule.Action == "FailJob" ? $"{what} matching {rule.Action} rule at index {i}" : null);
        }

        return default;
    }

    private static string? Describe(V1PodFailurePolicyRule rule, V1Pod pod)
    {
        var name = $"{pod.Metadata.NamespaceProperty}/{pod.Metadata.Name}";
        if (rule.OnExitCodes is { } codes)
        {
            var containers = (pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.InitContainerStatuses ?? []);
            return containers.FirstOrDefault(c => Matches(codes, c)) is { } container
                ? $"Container {container.Name} for pod {name} failed with exit code {container.State.Terminated.ExitCode}"
                : null;
        }

        var condition = (pod.Status?.Conditions ?? []).FirstOrDefault(c => rule.OnPodConditions?.Any(p => p.Type == c.Type && (p.Status ?? "True") == c.Status) == true);
        return condition is null ? null : $"Pod {name} has condition {condition.Type}";
    }

    private static bool Matches(V1PodFailurePolicyOnExitCodesRequirement codes, V1ContainerStatus container)
    {
        if (container.State?.Terminated is not { ExitCode: not 0 and var code }) return false;
        if (codes.ContainerName is { } name && name != container.Name) return false;
        return codes.OperatorProperty switch
        {
            "In" => codes.Values.Contains(code),
            "NotIn" => !codes.Values.Contains(code),
            _ => false,
        };
    }
}
