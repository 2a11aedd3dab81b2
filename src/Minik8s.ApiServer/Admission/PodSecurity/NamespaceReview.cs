using System.Globalization;
using Minik8s.Api;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>Tells whoever tightens a namespace which of its pods would not be let in any more. Bounded in pods and in time.</summary>
internal sealed class NamespaceReview(Func<ResourceCache> pods, TimeProvider time)
{
    private const int MaxPods = 3000;

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(1);

    public List<string> Warnings(string ns, LevelVersion enforce)
    {
        var cache = pods();
        var all = cache.List(new ObjectSelector(cache.Resource, ns, null, null)).Items;
        var start = time.GetTimestamp();
        var found = new Dictionary<string, (string First, int Count)>(StringComparer.Ordinal);
        var looked = 0;
        foreach (var item in all.Take(MaxPods))
        {
            looked++;
            var pod = ObjectBytes.Parse(item.Json);
            if (pod.Map("spec") is { } spec && PodStandards.Violations(enforce, new PodView(pod.Map("metadata"), spec)) is { Count: > 0 } violations)
            {
                var reasons = Violation.Reasons(violations);
                var (first, count) = found.GetValueOrDefault(reasons, (item.Name, 0));
                found[reasons] = (string.CompareOrdinal(item.Name, first) < 0 ? item.Name : first, count + 1);
            }

            if (time.GetElapsedTime(start) > MaxTime) break;
        }

        var warnings = new List<string>();
        if (looked < all.Count) warnings.Add(string.Create(CultureInfo.InvariantCulture, $"new PodSecurity enforce level only checked against the first {looked} of {all.Count} existing pods"));
        if (found.Count == 0) return warnings;
        warnings.Add($"existing pods in namespace \"{ns}\" violate the new PodSecurity enforce level \"{enforce}\"");
        warnings.AddRange(found.Select(f => $"{f.Value.First}{Others(f.Value.Count - 1)}: {f.Key}").Order(StringComparer.Ordinal));
        return warnings;
    }

    private static string Others(int count) => count switch
    {
        0 => "",
        1 => " (and 1 other pod)",
        _ => string.Create(CultureInfo.InvariantCulture, $" (and {count} other pods)"),
    };
}
