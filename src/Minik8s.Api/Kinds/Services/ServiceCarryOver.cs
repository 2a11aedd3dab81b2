using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Services;

/// <summary>
/// Brings an update in line with what the Service has been given: clients may leave allocated values out, use either of two fields for the same thing, and
/// change the type without clearing what the former type needed (registry/core/service's strategy).
/// </summary>
internal static class ServiceCarryOver
{
    /// <summary>Whoever sets <c>clusterIP</c> alone means the first of <c>clusterIPs</c>.</summary>
    public static void AlignAddresses(JsonObject spec, JsonObject? before)
    {
        var ip = spec.Text("clusterIP") ?? "";
        var ips = spec.Texts("clusterIPs").ToList();
        if (before is null)
        {
            if (ip.Length > 0 && ips.Count == 0) spec["clusterIPs"] = new JsonArray(ip);
            return;
        }

        var (was, wereAll) = (before.Text("clusterIP") ?? "", before.Texts("clusterIPs").ToList());
        var sameAll = ips.SequenceEqual(wereAll);
        if (ip != was && (sameAll || ips.Count == 0))
        {
            if (ip.Length == 0) spec.Remove("clusterIPs");
            else spec["clusterIPs"] = new JsonArray(ip);
        }
        else if (ip == was && !sameAll && ips.Count == 0)
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
        }
    }

    /// <summary>Fills in allocated values that the client has left out.</summary>
    public static void KeepAllocated(JsonObject spec, JsonObject before)
    {
        if (ServiceTypes.NeedsClusterIP(before) && ServiceTypes.NeedsClusterIP(spec))
        {
            if (string.IsNullOrEmpty(spec.Text("clusterIP")) && !string.IsNullOrEmpty(before.Text("clusterIP"))) spec["clusterIP"] = before.Text("clusterIP");
            if (!spec.Texts("clusterIPs").Any() && spec.Text("clusterIP") == before.Text("clusterIP")) Copy(before, spec, "clusterIPs");
        }

        if (ServiceTypes.NeedsNodePort(before) && ServiceTypes.NeedsNodePort(spec)) KeepNodePorts(spec, before);
        if (ServiceTypes.NeedsHealthCheck(before) && ServiceTypes.NeedsHealthCheck(spec) && spec.Number("healthCheckNodePort") is null or 0) Copy(before, spec, "healthCheckNodePort");
    }

    /// <summary>Drops what the new type has no use for, if the client has left it as it was.</summary>
    public static void DropUnneeded(JsonObject spec, JsonObject before)
    {
        if (ServiceTypes.NeedsClusterIP(before) && !ServiceTypes.NeedsClusterIP(spec))
        {
            if (spec.Text("clusterIP") == before.Text("clusterIP") && spec["clusterIPs"].Same(before["clusterIPs"]))
            {
                spec.Remove("clusterIP");
                spec.Remove("clusterIPs");
            }

            DropSame(spec, before, "ipFamilies");
            DropSame(spec, before, "ipFamilyPolicy");
        }

        if (ServiceTypes.NeedsNodePort(before) && !ServiceTypes.NeedsNodePort(spec) && NodePorts(spec).SequenceEqual(NodePorts(before)))
        {
            foreach (var port in spec.Items("ports")) port.Remove("nodePort");
        }

        if (ServiceTypes.NeedsHealthCheck(before) && !ServiceTypes.NeedsHealthCheck(spec)) DropSame(spec, before, "healthCheckNodePort");
        if (spec.Text("type") != "LoadBalancer" && before.Text("type") == "LoadBalancer")
        {
            DropSame(spec, before, "allocateLoadBalancerNodePorts");
            DropSame(spec, before, "loadBalancerClass");
        }

        if (ServiceTypes.IsExternal(before) && !ServiceTypes.IsExternal(spec)) DropSame(spec, before, "externalTrafficPolicy");
    }

    private static void KeepNodePorts(JsonObject spec, JsonObject before)
    {
        var used = NodePorts(spec).Where(p => p > 0).Intersect(NodePorts(before)).ToHashSet();
        var byName = new Dictionary<string, long>();
        foreach (var port in before.Items("ports")) byName[port.Text("name") ?? ""] = port.Number("nodePort") ?? 0;
        foreach (var port in spec.Items("ports").Where(p => p.Number("nodePort") is null or 0))
        {
            if (byName.GetValueOrDefault(port.Text("name") ?? "") is > 0 and var known && used.Add(known)) port["nodePort"] = known;
        }
    }

    private static IEnumerable<long> NodePorts(JsonObject spec) => spec.Items("ports").Select(p => p.Number("nodePort") ?? 0);

    private static void DropSame(JsonObject spec, JsonObject before, string field)
    {
        if (spec[field].Same(before[field])) spec.Remove(field);
    }

    private static void Copy(JsonObject from, JsonObject to, string field)
    {
        if (from[field] is { } value) to[field] = value.DeepClone();
    }
}
