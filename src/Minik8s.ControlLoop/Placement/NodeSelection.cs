using System.Globalization;
using k8s.Models;

namespace Minik8s.ControlLoop;

/// <summary>The nodes that a pod asks for by its nodeSelector and its required node affinity: both must match the node's labels.</summary>
public static class NodeSelection
{
    /// <summary>Whether a pod may go to a node, as far as the pod chooses.</summary>
    public static bool Matches(V1PodSpec spec, V1Node node)
    {
        var labels = node.Metadata.Labels;
        foreach (var (key, value) in spec.NodeSelector ?? new Dictionary<string, string>())
        {
            if (Value(labels, key) != value) return false;
        }

        var required = spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution;
        // Terms are alternatives; a list without any matches nothing.
        return required is null || (required.NodeSelectorTerms?.Any(t => Matches(t, node)) ?? false);
    }

    private static bool Matches(V1NodeSelectorTerm term, V1Node node)
    {
        var expressions = term.MatchExpressions ?? [];
        var fields = term.MatchFields ?? [];
        if (expressions.Count == 0 && fields.Count == 0) return false;
        return expressions.All(e => Matches(e, Value(node.Metadata.Labels, e.Key)))
            && fields.All(e => e.Key == "metadata.name" && Matches(e, node.Metadata.Name));
    }

    private static bool Matches(V1NodeSelectorRequirement requirement, string? value) => requirement.OperatorProperty switch
    {
        "In" => value is not null && requirement.Values?.Contains(value) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => Compare(value, requirement.Values) is > 0,
        "Lt" => Compare(value, requirement.Values) is < 0,
        _ => false,
    };

    private static int? Compare(string? value, IList<string>? bounds) =>
        bounds is { Count: 1 } && Number(value) is { } number && Number(bounds[0]) is { } bound ? number.CompareTo(bound) : null;

    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static string? Value(IDictionary<string, string>? labels, string key) => labels is not null && labels.TryGetValue(key, out var value) ? value : null;
}
