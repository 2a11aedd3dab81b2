using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Resources;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>Network policies: which peers may talk to selected pods.</summary>
internal sealed class NetworkPolicyStrategy : ResourceStrategy
{
    public override void ApplyDefaults(JsonObject obj)
    {
        if (obj.Map("spec") is not { } spec || spec["policyTypes"] is JsonArray { Count: > 0 }) return;
        spec["policyTypes"] = spec.Items("egress").Any() ? new JsonArray("Ingress", "Egress") : new JsonArray("Ingress");
    }

    public override void ValidateCreate(JsonObject obj, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec") ?? [];
        LabelSelectorValidation.Validate(spec.Map("podSelector"), "spec.podSelector", errors);
        ValidateRules(spec, "ingress", "from", errors);
        ValidateRules(spec, "egress", "to", errors);
        var types = spec.Texts("policyTypes").ToList();
        if (types.Count > 2)
        {
            errors.Invalid("spec.policyTypes", spec["policyTypes"], "may not specify more than two policyTypes");
            return;
        }

        for (var i = 0; i < types.Count; i++)
        {
            if (types[i] is not ("Ingress" or "Egress")) errors.Unsupported($"spec.policyTypes[{i}]", types[i], "Ingress", "Egress");
        }
    }

    public override void ValidateUpdate(JsonObject obj, JsonObject old, ICollection<FieldError> errors) => ValidateCreate(obj, errors);

    private static void ValidateRules(JsonObject spec, string direction, string peers, ICollection<FieldError> errors)
    {
        var r = 0;
        foreach (var rule in spec.Items(direction))
        {
            var path = $"spec.{direction}[{r++}]";
            var i = 0;
            foreach (var port in rule.Items("ports")) ValidatePort(port, $"{path}.ports[{i++}]", errors);
            i = 0;
            foreach (var peer in rule.Items(peers)) ValidatePeer(peer, $"{path}.{peers}[{i++}]", errors);
        }
    }

    private static void ValidatePort(JsonObject port, string path, ICollection<FieldError> errors)
    {
        if (port.Text("protocol") is { } protocol && protocol is not ("TCP" or "UDP" or "SCTP")) errors.Unsupported($"{path}.protocol", protocol, "TCP", "UDP", "SCTP");
        var end = port.Number("endPort");
        if (port["port"].Number() is { } number)
        {
            foreach (var reason in Ports.Number(number)) errors.Invalid($"{path}.port", number, reason);
            if (end is not { } last) return;
            if (last < number) errors.Invalid($"{path}.endPort", number, "must be greater than or equal to `port`");
            foreach (var reason in Ports.Number(last)) errors.Invalid($"{path}.endPort", last, reason);
        }
        else if (port.Text("port") is { } name)
        {
            if (end is not null) errors.Invalid($"{path}.endPort", end, "may not be specified when `port` is non-numeric");
            errors.All($"{path}.port", name, Ports.Name(name));
        }
        else if (end is not null)
        {
            errors.Invalid($"{path}.endPort", end, "may not be specified when `port` is not specified");
        }
    }

    private static void ValidatePeer(JsonObject peer, string path, ICollection<FieldError> errors)
    {
        LabelSelectorValidation.Validate(peer.Map("podSelector"), $"{path}.podSelector", errors);
        LabelSelectorValidation.Validate(peer.Map("namespaceSelector"), $"{path}.namespaceSelector", errors);
        var block = peer.Map("ipBlock");
        if (block is not null) ValidateBlock(block, $"{path}.ipBlock", errors);
        var selectors = peer.ContainsKey("podSelector") || peer.ContainsKey("namespaceSelector");
        if (block is null && !selectors) errors.Required(path, "must specify a peer");
        else if (block is not null && selectors) errors.Forbidden(path, "may not specify both ipBlock and another peer");
    }

    private static void ValidateBlock(JsonObject block, string path, ICollection<FieldError> errors)
    {
        var cidr = block.Text("cidr") ?? "";
        if (cidr.Length == 0)
        {
            errors.Required($"{path}.cidr");
            return;
        }

        errors.All($"{path}.cidr", cidr, Addresses.Network(cidr));
        if (!Addresses.TryParseNetwork(cidr, out var outer, out var bits)) return;
        var i = 0;
        foreach (var except in block.Texts("except"))
        {
            var at = $"{path}.except[{i++}]";
            errors.All(at, except, Addresses.Network(except));
            if (Addresses.TryParseNetwork(except, out var inner, out var innerBits) && !Addresses.IsStrictSubset(inner, innerBits, outer, bits)) errors.Invalid(at, except, "must be a strict subset of `cidr`");
        }
    }
}
