using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Others;

/// <summary>Endpoints, which slices have replaced: addresses and ports of a Service's backends.</summary>
internal sealed class EndpointsStrategy : PlainStrategy
{
    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var subset in obj.Items("subsets")) ValidateSubset(subset, $"subsets[{i++}]", errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private static void ValidateSubset(JsonObject subset, string path, ICollection<FieldError> errors)
    {
        if (!subset.Items("addresses").Any() && !subset.Items("notReadyAddresses").Any()) errors.Required(path, "must specify `addresses` or `notReadyAddresses`");
        foreach (var list in new[] { "addresses", "notReadyAddresses" })
        {
            var i = 0;
            foreach (var address in subset.Items(list)) ValidateAddress(address, $"{path}.{list}[{i++}]", errors);
        }

        var ports = subset.Items("ports").ToList();
        for (var i = 0; i < ports.Count; i++) ValidatePort(ports[i], ports.Count > 1, $"{path}.ports[{i}]", errors);
    }

    private static void ValidateAddress(JsonObject address, string path, ICollection<FieldError> errors)
    {
        var ip = address.Text("ip") ?? "";
        errors.All($"{path}.ip", ip, Addresses.Ip(ip));
        if (address.Text("hostname") is { Length: > 0 } host) errors.All($"{path}.hostname", host, Names.DnsLabel(host));
        if (address.Text("nodeName") is { } node) errors.All($"{path}.nodeName", node, Names.DnsSubdomain(node));
        errors.All($"{path}.ip", ip, Addresses.NonSpecial(ip));
    }

    private static void ValidatePort(JsonObject port, bool named, string path, ICollection<FieldError> errors)
    {
        var name = port.Text("name") ?? "";
        if (named && name.Length == 0) errors.Required($"{path}.name");
        else if (name.Length > 0) errors.All($"{path}.name", name, Names.DnsLabel(name));
        var number = port.Number("port") ?? 0;
        foreach (var reason in Ports.Number(number)) errors.Invalid($"{path}.port", number, reason);
        errors.OneOf($"{path}.protocol", port.Text("protocol"), "SCTP", "TCP", "UDP");
        if (port.Text("appProtocol") is { } protocol) errors.All($"{path}.appProtocol", protocol, Labels.Key(protocol));
    }
}
