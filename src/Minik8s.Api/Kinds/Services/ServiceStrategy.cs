using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>Services. Their cluster addresses are assigned by the API server, which knows which are free.</summary>
internal sealed class ServiceStrategy : StatusStrategy
{
    public override bool HasGeneration => false;

    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is not { } spec) return;
        foreach (var port in spec.Items("ports"))
        {
            if (port["targetPort"] is null or JsonValue && port["targetPort"].Number() == 0) port["targetPort"] = port["port"]?.DeepClone();
        }

        if (spec.Text("type") is "NodePort" or "LoadBalancer")
        {
            spec.Default("externalTrafficPolicy", "Cluster");
            if (spec.Text("type") == "LoadBalancer") spec.Default("allocateLoadBalancerNodePorts", true);
        }

        if (spec.Text("type") != "ExternalName") spec.Default("internalTrafficPolicy", "Cluster");
        if (spec.Text("sessionAffinity") == "ClientIP") spec.Ensure("sessionAffinityConfig").Ensure("clientIP").Default("timeoutSeconds", 10800);
    }

    public override void PrepareForCreate(JsonObject obj) => obj["status"] = new JsonObject { ["loadBalancer"] = new JsonObject() };

    public override IEnumerable<string> ValidateName(string name, bool prefix) => Names.Dns1035Label(name, prefix);

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors) => Validate(obj.Map("spec") ?? [], errors);

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        Validate(spec, errors);
        var before = old.Map("spec").Text("clusterIP");
        if (!string.IsNullOrEmpty(before) && spec.Text("type") != "ExternalName" && spec.Text("clusterIP") != before)
        {
            errors.Invalid("spec.clusterIPs[0]", new JsonArray(spec.Text("clusterIP") ?? ""), "may not change once set");
        }
    }

    private static void Validate(JsonObject spec, ICollection<FieldError> errors)
    {
        string[] types = ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"];
        var type = spec.Text("type") ?? "ClusterIP";
        if (!types.Contains(type)) errors.NotSupported("spec.type", type, types);
        if (spec.Text("sessionAffinity") is { } affinity && affinity is not ("None" or "ClientIP")) errors.NotSupported("spec.sessionAffinity", affinity, "ClientIP", "None");
        if (type == "ExternalName")
        {
            var target = spec.Text("externalName") ?? "";
            if (target.Length == 0) errors.Required("spec.externalName");
            else errors.All("spec.externalName", target.TrimEnd('.'), Names.DnsSubdomain(target.TrimEnd('.')));
        }
        else if (!spec.Items("ports").Any() && spec.Text("clusterIP") != "None")
        {
            errors.Required("spec.ports");
        }

        if (spec.Text("clusterIP") is { Length: > 0 } ip and not "None" && !System.Net.IPAddress.TryParse(ip, out _))
        {
            errors.Invalid("spec.clusterIPs[0]", ip, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }

        foreach (var (key, value) in spec.Map("selector") ?? [])
        {
            errors.All("spec.selector", key, Labels.Key(key));
            errors.All("spec.selector", value.Text() ?? "", Labels.Value(value.Text() ?? ""));
        }

        ValidatePorts(spec, errors);
    }

    private static void ValidatePorts(JsonObject spec, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        var numbers = new HashSet<string>();
        var several = spec.Items("ports").Count() > 1;
        var i = 0;
        foreach (var port in spec.Items("ports"))
        {
            var at = $"spec.ports[{i++}]";
            var name = port.Text("name") ?? "";
            if (several && name.Length == 0)
            {
                errors.Required($"{at}.name");
            }
            else if (name.Length > 0)
            {
                errors.All($"{at}.name", name, Names.DnsLabel(name));
                if (!names.Add(name)) errors.Duplicate($"{at}.name", name);
            }

            var number = port.Number("port") ?? 0;
            if (number is < 1 or > 65535) errors.Invalid($"{at}.port", number, "must be between 1 and 65535, inclusive");
            if (port.Text("protocol") is { } protocol && protocol is not ("TCP" or "UDP" or "SCTP")) errors.NotSupported($"{at}.protocol", protocol, "SCTP", "TCP", "UDP");
            if (!numbers.Add($"{port.Text("protocol")}/{number}")) errors.Duplicate(at, new JsonObject { ["port"] = number, ["protocol"] = port.Text("protocol") });
            if (port["targetPort"].Number() is < 0 or > 65535) errors.Invalid($"{at}.targetPort", port["targetPort"], "must be between 1 and 65535, inclusive");
        }
    }
}
