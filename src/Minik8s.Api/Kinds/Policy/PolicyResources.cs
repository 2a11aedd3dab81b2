using System.Text.Json;
using Minik8s.Api.Kinds.Apps;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Policy;

/// <summary>The kinds of <c>policy</c>.</summary>
public static class PolicyResources
{
    /// <summary>The kind that is created on <c>pods/eviction</c>; it is never stored.</summary>
    public static ResourceDefinition Eviction { get; } = Define("policy", "v1", "Eviction", "evictions", new PlainStrategy(), TablePrinter.Default);

    internal static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", new PodDisruptionBudgetStrategy(), Budget, ["pdb"]) with { Subresources = [Status] },
    ];

    private static TablePrinter Budget { get; } = new(
        TablePrinter.Name,
        TablePrinter.Text("Min Available", "The minimum number of pods that must be available.", b => Bound(b, "minAvailable")),
        TablePrinter.Text("Max Unavailable", "The maximum number of pods that may be unavailable.", b => Bound(b, "maxUnavailable")),
        TablePrinter.Number("Allowed Disruptions", "Calculated number of pods that may be disrupted at this time.", b => WorkloadCells.Count(b, "status", "disruptionsAllowed")),
        TablePrinter.Age);

    private static string Bound(JsonElement budget, string field) => budget.Get("spec").Text(field) is { Length: > 0 } value ? value : "N/A";
}
