using System.Text.Json.Nodes;
using Minik8s.Api.Resources;

namespace Minik8s.Testing.Api;

/// <summary>Aggregated discovery of a <see cref="FakeApi"/>.</summary>
internal static class FakeDiscovery
{
    public static JsonObject Answer(IEnumerable<ResourceDefinition> served, bool core) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = "apidiscovery.k8s.io/v2",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. served.Where(d => d.Kind.Group.Length == 0 == core).GroupBy(d => d.Kind.Group).Select(Group)]),
    };

    private static JsonNode Group(IGrouping<string, ResourceDefinition> group) => new JsonObject
    {
        ["metadata"] = new JsonObject { ["name"] = group.Key },
        ["versions"] = new JsonArray([.. group.GroupBy(d => d.Kind.Version).Select(version => (JsonNode)new JsonObject
        {
            ["version"] = version.Key,
            ["resources"] = new JsonArray([.. version.Select(Resource)]),
        })]),
    };

    private static JsonNode Resource(ResourceDefinition definition) => new JsonObject
    {
        ["resource"] = definition.Plural,
        ["responseKind"] = new JsonObject { ["group"] = definition.Kind.Group, ["version"] = definition.Kind.Version, ["kind"] = definition.Kind.Kind },
        ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
        ["verbs"] = new JsonArray([.. definition.Verbs.Select(v => (JsonNode)v)]),
    };
}
