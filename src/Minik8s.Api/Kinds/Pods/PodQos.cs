using System.Text.Json.Nodes;
using Minik8s.Api.Quantities;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>The quality of service class of a pod, from its containers' requests and limits of CPU and memory.</summary>
internal static class PodQos
{
    private static readonly string[] Counted = ["cpu", "memory"];

    public static string ClassOf(JsonObject? spec)
    {
        var any = false;
        var guaranteed = true;
        // Resources of the pod as a whole decide alone.
        IEnumerable<JsonObject> holders = spec.Map("resources") is { Count: > 0 } ? [spec!] : spec.Items("initContainers").Concat(spec.Items("containers"));
        foreach (var container in holders)
        {
            var resources = container.Map("resources");
            foreach (var name in Counted)
            {
                var limit = Value(resources.Map("limits"), name);
                var request = Value(resources.Map("requests"), name);
                if (limit > 0 || request > 0) any = true;
                if (limit <= 0 || limit != request) guaranteed = false;
            }
        }

        return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
    }

    private static decimal Value(JsonObject? list, string name) => Quantity.TryParse(list.Text(name) ?? "", out var quantity) ? quantity.Value : 0;
}
