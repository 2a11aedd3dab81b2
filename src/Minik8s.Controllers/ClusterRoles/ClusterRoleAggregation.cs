using System.Text.Json.Nodes;
using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Controllers.ClusterRoles;

/// <summary>Puts the rules of an aggregated ClusterRole together.</summary>
internal static class ClusterRoleAggregation
{
    /// <summary>The rules of all roles that the selectors choose, in the order of the roles' names, each once.</summary>
    public static IReadOnlyList<V1PolicyRule> Rules(V1ClusterRole role, IEnumerable<V1ClusterRole> all)
    {
        var rules = new List<V1PolicyRule>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ordered = all.Where(r => r.Metadata.Name != role.Metadata.Name).OrderBy(r => r.Metadata.Name, StringComparer.Ordinal).ToList();
        foreach (var selector in role.AggregationRule?.ClusterRoleSelectors ?? [])
        {
            foreach (var rule in ordered.Where(r => Matches(selector, r.Metadata.Labels)).SelectMany(r => r.Rules ?? []))
            {
                if (seen.Add(Text(rule))) rules.Add(rule);
            }
        }

        return rules;
    }

    /// <summary>Whether a role has exactly these rules.</summary>
    public static bool Has(V1ClusterRole role, IReadOnlyList<V1PolicyRule> rules) => (role.Rules ?? []).Select(Text).SequenceEqual(rules.Select(Text));

    /// <summary>The rules as a merge patch.</summary>
    public static JsonObject Patch(IReadOnlyList<V1PolicyRule> rules) => new() { ["rules"] = new JsonArray([.. rules.Select(r => ModelJson.ToNode(r))]) };

    private static string Text(V1PolicyRule rule) => ModelJson.ToNode(rule).ToJsonString();

    private static bool Matches(V1LabelSelector selector, IDictionary<string, string>? labels)
    {
        string? Value(string key) => labels is not null && labels.TryGetValue(key, out var value) ? value : null;
        if ((selector.MatchLabels ?? new Dictionary<string, string>()).Any(l => Value(l.Key) != l.Value)) return false;
        return (selector.MatchExpressions ?? []).All(e => e.OperatorProperty switch
        {
            "In" => Value(e.Key) is { } value && e.Values.Contains(value),
            "NotIn" => Value(e.Key) is not { } value || !e.Values.Contains(value),
            "Exists" => Value(e.Key) is not null,
            "DoesNotExist" => Value(e.Key) is null,
            _ => false,
        });
    }
}
