using System.Net.Sockets;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Discovery;

/// <summary>Endpoint slices: bounded in size, of one address type for life.</summary>
internal sealed class EndpointSliceStrategy : ResourceStrategy
{
    private const int MaxEndpoints = 1000;
    private const int MaxAddresses = 100;
    private const int MaxPorts = 20000;
    private const int MaxHints = 8;

    public override void ApplyDefaults(JsonObject obj)
    {
        foreach (var port in obj.Items("ports"))
        {
            port.Default("name", "");
            port.Default("protocol", "TCP");
        }
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var type = obj.Text("addressType") ?? "";
        errors.OneOf("addressType", type, "FQDN", "IPv4", "IPv6");
        var endpoints = obj.Items("endpoints").ToList();
        if (endpoints.Count > MaxEndpoints) errors.TooMany("endpoints", endpoints.Count, MaxEndpoints);
        else for (var i = 0; i < endpoints.Count; i++) ValidateEndpoint(endpoints[i], type, $"endpoints[{i}]", errors);
        ValidatePorts(obj.Items("ports").ToList(), errors);
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateCreate(obj, errors);
        errors.Immutable("addressType", obj["addressType"], old["addressType"]);
    }

    private static void ValidateEndpoint(JsonObject endpoint, string type, string path, ICollection<FieldError> errors)
    {
        var addresses = endpoint.Texts("addresses").ToList();
        if (addresses.Count == 0) errors.Required($"{path}.addresses", "must contain at least 1 address");
        else if (addresses.Count > MaxAddresses) errors.TooMany($"{path}.addresses", addresses.Count, MaxAddresses);
        for (var i = 0; i < addresses.Count && addresses.Count <= MaxAddresses; i++) ValidateAddress(addresses[i], type, $"{path}.addresses[{i}]", errors);
        if (endpoint.Text("nodeName") is { } node) errors.All($"{path}.nodeName", node, Names.DnsSubdomain(node));
        if (endpoint.Text("hostname") is { } host) errors.All($"{path}.hostname", host, Names.DnsLabel(host));
        if (endpoint.Map("hints") is not { } hints) return;
        ValidateHints(hints, "forZones", $"{path}.hints", errors);
        ValidateHints(hints, "forNodes", $"{path}.hints", errors);
    }

    private static void ValidateAddress(string address, string type, string path, ICollection<FieldError> errors)
    {
        if (type == "FQDN")
        {
            // A fully qualified name may end in a dot and has a domain below which it stands.
            var name = address.EndsWith('.') ? address[..^1] : address;
            if (name.Length == 0) errors.Required(path);
            else if (!name.Contains('.')) errors.Invalid(path, address, "should be a domain with at least two segments separated by dots");
            else errors.All(path, address, Names.DnsSubdomain(name));
            return;
        }

        if (type is not ("IPv4" or "IPv6")) return;
        var family = type == "IPv4" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6;
        if (!Addresses.TryParse(address, out var parsed) || parsed.AddressFamily != family) errors.Invalid(path, address, $"must be a valid {type} address");
        errors.All(path, address, Addresses.NonSpecial(address));
    }

    private static void ValidateHints(JsonObject hints, string kind, string path, ICollection<FieldError> errors)
    {
        var names = hints.Items(kind).Select(h => h.Text("name") ?? "").ToList();
        if (names.Count > MaxHints)
        {
            errors.TooMany($"{path}.{kind}", names.Count, MaxHints);
            return;
        }

        var seen = new HashSet<string>();
        for (var i = 0; i < names.Count; i++)
        {
            var at = $"{path}.{kind}[{i}].name";
            if (!seen.Add(names[i])) errors.Duplicate(at, names[i]);
            if (kind == "forZones") errors.All(at, names[i], Labels.Value(names[i]));
            else errors.All(at, names[i], Names.DnsSubdomain(names[i]));
        }
    }

    private static void ValidatePorts(List<JsonObject> ports, ICollection<FieldError> errors)
    {
        if (ports.Count > MaxPorts)
        {
            errors.TooMany("ports", ports.Count, MaxPorts);
            return;
        }

        var names = new HashSet<string>();
        for (var i = 0; i < ports.Count; i++)
        {
            var name = ports[i].Text("name") ?? "";
            if (name.Length > 0) errors.All($"ports[{i}].name", name, Names.DnsLabel(name));
            if (!names.Add(name)) errors.Duplicate($"ports[{i}].name", name);
            errors.OneOf($"ports[{i}].protocol", ports[i].Text("protocol"), "SCTP", "TCP", "UDP");
            if (ports[i].Text("appProtocol") is { } protocol) errors.All($"ports[{i}].appProtocol", protocol, Labels.Key(protocol));
        }
    }
}
