using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>Checks of a Service, with the paths and words of core/validation. Values that are yet to be assigned may be absent.</summary>
internal static class ServiceValidation
{
    private const string SourceRangesAnnotation = "service.beta.kubernetes.io/load-balancer-source-ranges";
    private const int KubeletPort = 10250;
    private const int LongestStickiness = 86400;
    private static readonly string[] Types = ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"];
    private static readonly string[] Distributions = ["PreferClose", "PreferSameNode", "PreferSameZone"];

    public static void Validate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        var type = spec.Text("type") ?? "";
        if (!spec.Items("ports").Any() && !ServiceTypes.IsHeadless(spec) && type != "ExternalName") errors.Required("spec.ports");
        ValidateType(spec, type, errors);
        ServicePortValidation.Validate(spec, errors);
        errors.LabelMap("spec.selector", spec.Map("selector"));
        ValidateAffinity(spec, errors);
        if (type != "ExternalName") ServiceAddressValidation.Validate(spec, errors);
        var i = 0;
        foreach (var ip in spec.Texts("externalIPs"))
        {
            var path = $"spec.externalIPs[{i++}]";
            errors.All(path, ip, Addresses.TryParse(ip, out _) ? Addresses.NonSpecial(ip) : Addresses.Ip(ip));
        }

        errors.OneOf("spec.type", type, Types);
        ServicePortValidation.ValidateNodePorts(spec, errors);
        ValidateLoadBalancer(obj, spec, type, errors);
        ValidatePolicies(spec, errors);
    }

    private static void ValidateType(JsonObject spec, string type, ICollection<FieldError> errors)
    {
        switch (type)
        {
            case "LoadBalancer" or "NodePort":
                var i = 0;
                foreach (var port in spec.Items("ports"))
                {
                    if (type == "LoadBalancer" && port.Number("port") == KubeletPort) errors.Invalid($"spec.ports[{i}]", KubeletPort, $"may not expose port {KubeletPort} externally since it is used by kubelet");
                    i++;
                }

                if (ServiceTypes.IsHeadless(spec)) errors.Invalid("spec.clusterIPs[0]", "None", $"may not be set to 'None' for {type} services");
                break;
            case "ExternalName":
                const string why = "may not be set for ExternalName services";
                foreach (var field in new[] { "clusterIPs", "ipFamilies" })
                {
                    if (spec.Texts(field).Any()) errors.Forbidden($"spec.{field}", why);
                }

                if (spec["ipFamilyPolicy"] is not null) errors.Forbidden("spec.ipFamilyPolicy", why);
                var name = spec.Text("externalName") ?? "";
                // It may end in a dot, which says that it is whole.
                if (name.EndsWith('.')) name = name[..^1];
                if (name.Length == 0) errors.Required("spec.externalName");
                else errors.All("spec.externalName", name, Names.DnsSubdomain(name));
                break;
        }
    }

    private static void ValidateAffinity(JsonObject spec, ICollection<FieldError> errors)
    {
        errors.OneOf("spec.sessionAffinity", spec.Text("sessionAffinity"), "ClientIP", "None");
        const string path = "spec.sessionAffinityConfig";
        if (spec.Text("sessionAffinity") == "None" && spec["sessionAffinityConfig"] is not null) errors.Forbidden(path, "must not be set when session affinity is None");
        if (spec.Text("sessionAffinity") != "ClientIP") return;
        var seconds = spec.Map("sessionAffinityConfig").Map("clientIP").Number("timeoutSeconds");
        if (seconds is null) errors.Required($"{path}.clientIP.timeoutSeconds");
        else if (seconds is <= 0 or > LongestStickiness) errors.Invalid($"{path}.clientIP.timeoutSeconds", seconds, $"must be greater than 0 and less than {LongestStickiness}");
    }

    private static void ValidateLoadBalancer(JsonObject obj, JsonObject spec, string type, ICollection<FieldError> errors)
    {
        const string only = "may only be used when `type` is 'LoadBalancer'";
        var balanced = type == "LoadBalancer";
        var ranges = spec.Texts("loadBalancerSourceRanges").ToList();
        if (ranges.Count > 0)
        {
            if (!balanced) errors.Forbidden("spec.LoadBalancerSourceRanges", only);
            for (var i = 0; i < ranges.Count; i++) errors.All($"spec.LoadBalancerSourceRanges[{i}]", ranges[i].Trim(), Addresses.Network(ranges[i].Trim()));
        }
        else if (obj.Map("metadata").Map("annotations").Text(SourceRangesAnnotation) is { } annotation)
        {
            const string path = $"metadata.annotations[{SourceRangesAnnotation}]";
            if (!balanced) errors.Forbidden(path, only);
            foreach (var range in annotation.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) errors.All(path, range, Addresses.Network(range));
        }

        if (!balanced && spec["allocateLoadBalancerNodePorts"] is not null) errors.Forbidden("spec.allocateLoadBalancerNodePorts", only);
        if (spec.Text("loadBalancerClass") is not { } name) return;
        if (balanced) errors.All("spec.loadBalancerClass", name, Labels.Key(name));
        else errors.Forbidden("spec.loadBalancerClass", only);
    }

    private static void ValidatePolicies(JsonObject spec, ICollection<FieldError> errors)
    {
        var external = spec.Text("externalTrafficPolicy") ?? "";
        if (ServiceTypes.IsExternal(spec)) errors.OneOf("spec.externalTrafficPolicy", external, "Cluster", "Local");
        else if (external.Length > 0) errors.Invalid("spec.externalTrafficPolicy", external, "may only be set for externally-accessible services");

        var health = spec.Number("healthCheckNodePort") ?? 0;
        if (health != 0 && !ServiceTypes.NeedsHealthCheck(spec)) errors.Invalid("spec.healthCheckNodePort", health, "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'");
        else if (health != 0) foreach (var reason in Ports.Number(health)) errors.Invalid("spec.healthCheckNodePort", health, reason);

        var inside = spec.Text("internalTrafficPolicy");
        if (inside is null && ServiceTypes.NeedsClusterIP(spec)) errors.Required("spec.internalTrafficPolicy");
        else if (inside is not (null or "Cluster" or "Local")) errors.NotSupported("spec.internalTrafficPolicy", inside, "Cluster", "Local");
        if (spec.Text("trafficDistribution") is { } distribution && !Distributions.Contains(distribution)) errors.NotSupported("spec.trafficDistribution", distribution, Distributions);
    }
}
