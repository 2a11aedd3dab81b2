using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Authorization.Rbac;

/// <summary>Whoever grants rights must hold them (Kubernetes' ConfirmNoEscalation).</summary>
internal static class Escalation
{
    /// <summary>What is wrong with a user granting these rules; null when it holds them all.</summary>
    public static string? Check(UserInfo user, string ns, IReadOnlyList<PolicyRule> granted, IRuleResolver resolver)
    {
        var (held, error) = resolver.RulesFor(user, ns);
        var missing = granted.SelectMany(r => r.Split()).Where(single => !held.Any(h => h.Covers(single))).ToList();
        if (missing.Count == 0) return null;
        // Verbs on the same thing are shown as one rule.
        var compact = missing
            .GroupBy(r => (string.Join(',', r.ApiGroups), string.Join(',', r.Resources), string.Join(',', r.ResourceNames), string.Join(',', r.NonResourceUrls)))
            .Select(g => (g.First() with { Verbs = [.. g.SelectMany(r => r.Verbs).Distinct()] }).ToString())
            .Order(StringComparer.Ordinal);
        var message = $"user {GoText.Quote(user.Name)} (groups={GoText.Quote(user.Groups)}) is attempting to grant RBAC permissions not currently held:\n{string.Join('\n', compact)}";
        return error.Length == 0 ? message : $"{message}; resolution errors: {error}";
    }
}
