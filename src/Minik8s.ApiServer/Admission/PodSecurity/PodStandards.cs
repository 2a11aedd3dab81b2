namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The Pod Security Standards: all rules, those of the lower level first, each level's in the order of their names.</summary>
internal static class PodStandards
{
    private static readonly PodCheck[] Checks = [.. Ordered(BaselineChecks.All), .. Ordered(RestrictedChecks.All)];

    /// <summary>Which rules of a level a pod breaks.</summary>
    public static List<Violation> Violations(LevelVersion wanted, PodView pod)
    {
        var found = new List<Violation>();
        if (wanted.Level == SecurityLevel.Privileged) return found;
        bool Applies(PodCheck check) => check.Level <= wanted.Level && check.Since <= wanted.Minor;
        var replaced = Checks.Where(c => c.Replaces is not null && Applies(c)).Select(c => c.Replaces!).ToHashSet(StringComparer.Ordinal);
        foreach (var check in Checks)
        {
            if (Applies(check) && !replaced.Contains(check.Id) && check.Run(pod, wanted.Minor) is { } violation) found.Add(violation);
        }

        return found;
    }

    private static IEnumerable<PodCheck> Ordered(IEnumerable<PodCheck> checks) => checks.OrderBy(c => c.Id, StringComparer.Ordinal);
}
