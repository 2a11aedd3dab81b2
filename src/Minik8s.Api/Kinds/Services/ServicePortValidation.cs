using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Services;

/// <summary>Checks of a Service's ports.</summary>
internal static class ServicePortValidation
{
    public static void Validate(JsonObject spec, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        var ports = spec.Items("ports").ToList();
        for (var i = 0; i < ports.Count; i++)
        {
            var path = $"spec.ports[{i}]";
            var name = ports[i].Text("name") ?? "";
            if (ports.Count > 1 && name.Length == 0)
            {
                errors.Required($"{path}.name");
            }
            else if (name.Length > 0)
            {
                errors.All($"{path}.name", name, Names.DnsLabel(name));
                if (!names.Add(name)) errors.Duplicate($"{path}.name", name);
            }

            var number = ports[i].Number("port") ?? 0;
            foreach (var reason in Ports.Number(number)) errors.Invalid($"{path}.port", number, reason);
            errors.OneOf($"{path}.protocol", ports[i].Text("protocol"), "SCTP", "TCP", "UDP");
            ValidateTarget(ports[i], $"{path}.targetPort", errors);
            if (ports[i].Text("appProtocol") is { } protocol) errors.All($"{path}.appProtocol", protocol, Labels.Key(protocol));
        }
    }

    /// <summary>Node ports only where the type has them, and each pair of protocol and number once.</summary>
    public static void ValidateNodePorts(JsonObject spec, ICollection<FieldError> errors)
    {
        var ports = spec.Items("ports").ToList();
        for (var i = 0; i < ports.Count && spec.Text("type") == "ClusterIP"; i++)
        {
            if (ports[i].Number("nodePort") is not (null or 0)) errors.Forbidden($"spec.ports[{i}].nodePort", "may not be used when `type` is 'ClusterIP'");
        }

        var nodePorts = new HashSet<(string?, long)>();
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i].Number("nodePort") is { } node and not 0 && !nodePorts.Add((ports[i].Text("protocol"), node))) errors.Duplicate($"spec.ports[{i}].nodePort", node);
        }

        var numbers = new HashSet<(string?, long)>();
        for (var i = 0; i < ports.Count; i++)
        {
            var (protocol, number) = (ports[i].Text("protocol"), ports[i].Number("port") ?? 0);
            if (!numbers.Add((protocol, number))) errors.Duplicate($"spec.ports[{i}]", new JsonObject { ["port"] = number, ["protocol"] = protocol });
        }
    }

    private static void ValidateTarget(JsonObject port, string path, ICollection<FieldError> errors)
    {
        if (port["targetPort"].Number() is { } number)
        {
            foreach (var reason in Ports.Number(number)) errors.Invalid(path, number, reason);
        }
        else if (port["targetPort"].Text() is { } name)
        {
            errors.All(path, name, Ports.Name(name));
        }
    }
}
