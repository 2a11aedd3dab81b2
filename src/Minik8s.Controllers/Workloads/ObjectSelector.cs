using k8s.Models;

namespace Minik8s.Controllers.Workloads;

/// <summary>A label selector (meta/v1), worked out once. An absent one selects nothing, an empty one everything.</summary>
internal sealed class ObjectSelector
{
    private readonly Func<IDictionary<string, string>?, bool>[]? _requirements;

    private ObjectSelector(IEnumerable<Func<IDictionary<string, string>?, bool>>? requirements) => _requirements = requirements?.ToArray();

    /// <summary>Whether it selects everything.</summary>
    public bool IsEverything => _requirements is { Length: 0 };

    public static ObjectSelector From(V1LabelSelector? selector) => selector is null
        ? new(null)
        : new((selector.MatchLabels ?? new Dictionary<string, string>()).Select(Equal).Concat((selector.MatchExpressions ?? []).Select(Expression)));

    /// <summary>The older form of ReplicationControllers: labels alone; none select nothing.</summary>
    public static ObjectSelector From(IDictionary<string, string>? labels) => new(labels is { Count: > 0 } ? labels.Select(Equal) : null);

    public bool Matches(IDictionary<string, string>? labels) => _requirements is not null && Array.TrueForAll(_requirements, r => r(labels));

    private static Func<IDictionary<string, string>?, bool> Equal(KeyValuePair<string, string> label) => labels => Value(labels, label.Key) == label.Value;

    private static Func<IDictionary<string, string>?, bool> Expression(V1LabelSelectorRequirement requirement) => requirement.OperatorProperty switch
    {
        "In" => labels => Value(labels, requirement.Key) is { } value && requirement.Values.Contains(value),
        "NotIn" => labels => Value(labels, requirement.Key) is not { } value || !requirement.Values.Contains(value),
        "Exists" => labels => Value(labels, requirement.Key) is not null,
        "DoesNotExist" => labels => Value(labels, requirement.Key) is null,
        _ => _ => false,
    };

    private static string? Value(IDictionary<string, string>? labels, string key) => labels is not null && labels.TryGetValue(key, out var value) ? value : null;
}
