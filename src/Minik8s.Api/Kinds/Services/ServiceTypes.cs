using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Services;

/// <summary>What a Service has because of its type.</summary>
internal static class ServiceTypes
{
    public static bool IsHeadless(JsonObject spec) => spec.Texts("clusterIPs").ToList() is ["None"];

    public static bool NeedsClusterIP(JsonObject spec) => spec.Text("type") is "ClusterIP" or "NodePort" or "LoadBalancer";

    public static bool NeedsNodePort(JsonObject spec) =>
        spec.Text("type") == "NodePort" || spec.Text("type") == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"].Flag() != false;

    public static bool NeedsHealthCheck(JsonObject spec) => spec.Text("type") == "LoadBalancer" && spec.Text("externalTrafficPolicy") == "Local";

    /// <summary>Whether traffic may come from outside the cluster.</summary>
    public static bool IsExternal(JsonObject spec) =>
        spec.Text("type") is "NodePort" or "LoadBalancer" || spec.Text("type") == "ClusterIP" && spec.Texts("externalIPs").Any();
}
