using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.ApiServer.Services;

/// <summary>Fills in <c>ipFamilyPolicy</c> and <c>ipFamilies</c> of a Service, on a cluster with one family (registry/core/service).</summary>
internal static class ServiceFamilies
{
    public static void Complete(JsonObject spec, JsonObject? before, string family, ICollection<FieldError> errors)
    {
        var headless = spec.Text("clusterIP") == "None";
        var selectorless = headless && spec.Map("selector") is not { Count: > 0 };
        if (spec["ipFamilyPolicy"] is null) spec["ipFamilyPolicy"] = before.Text("ipFamilyPolicy") ?? (selectorless ? "RequireDualStack" : "SingleStack");
        var policy = spec.Text("ipFamilyPolicy");
        var addresses = spec.Texts("clusterIPs").ToList();
        var families = spec.Texts("ipFamilies").ToList();
        if (policy == "SingleStack")
        {
            if (addresses.Count == 2) errors.Invalid("spec.ipFamilyPolicy", policy, "must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified");
            if (families.Count == 2) errors.Invalid("spec.ipFamilyPolicy", policy, "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified");
        }

        for (var i = families.Count; i < addresses.Count && !headless; i++)
        {
            var found = addresses[i].Contains(':') ? "IPv6" : "IPv4";
            if (found != family) errors.Invalid($"spec.clusterIPs[{i}]", spec["clusterIPs"], $"{found} is not configured on this cluster");
            families.Add(found);
        }

        if (errors.Count > 0) return;
        if (families.Count == 0) families.Add(family);
        if (selectorless)
        {
            // Its endpoints are made by somebody else and may be of either family, whatever the cluster has.
            if (families.Count == 1 && policy != "SingleStack") families.Add(families[0] == "IPv4" ? "IPv6" : "IPv4");
        }
        else
        {
            if (policy == "RequireDualStack") errors.Invalid("spec.ipFamilyPolicy", policy, "this cluster is not configured for dual-stack services");
            for (var i = 0; i < families.Count; i++)
            {
                if (families[i] != family) errors.Invalid($"spec.ipFamilies[{i}]", families[i], "not configured on this cluster");
            }
        }

        spec["ipFamilies"] = new JsonArray([.. families.Select(f => (JsonNode)f)]);
    }
}
