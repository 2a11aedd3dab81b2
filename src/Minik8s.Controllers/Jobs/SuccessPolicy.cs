using k8s.Models;

namespace Minik8s.Controllers.Jobs;

/// <summary>A job's <c>successPolicy</c> (KEP-3998): which indexes, or how many, are enough.</summary>
internal static class SuccessPolicy
{
    /// <summary>The message of the first rule that is met; null when none is.</summary>
    public static string? Match(V1JobSpec spec, IndexSet succeeded)
    {
        if (succeeded.Count == 0) return null;
        var rules = spec.SuccessPolicy?.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
        {
            if (IsMet(rules[i], spec.Completions ?? 0, succeeded)) return $"Matched rules at index {i}";
        }

        return null;
    }

    private static bool IsMet(V1SuccessPolicyRule rule, int completions, IndexSet succeeded)
    {
        if (rule.SucceededIndexes is null) return succeeded.Count >= rule.SucceededCount;
        var required = IndexSet.Parse(rule.SucceededIndexes, completions);
        if (required.Count == 0) return false;
        var present = required.Overlap(succeeded);
        return present == required.Count || present >= rule.SucceededCount;
    }
}
