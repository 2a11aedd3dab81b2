using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>A pod or pod template as the checks look at it.</summary>
internal sealed class PodView(JsonObject? metadata, JsonObject spec)
{
    public JsonObject Spec { get; } = spec;

    public JsonObject? SecurityContext { get; } = spec.Map("securityContext");

    public JsonObject? Annotations { get; } = metadata.Map("annotations");

    /// <summary>Init containers, containers and ephemeral ones, in this order.</summary>
    public IReadOnlyList<JsonObject> Containers { get; } = [.. spec.Items("initContainers"), .. spec.Items("containers"), .. spec.Items("ephemeralContainers")];

    public bool IsWindows { get; } = spec.Map("os").Text("name") == "windows";

    /// <summary>Its users are not those of the node, so that some rules need not hold.</summary>
    public bool OwnUsers { get; } = spec["hostUsers"].Flag() == false;

    /// <summary>The names of the containers for which something holds.</summary>
    public List<string> Where(Func<JsonObject, bool> bad) => [.. Containers.Where(bad).Select(c => c.Text("name") ?? "")];
}
