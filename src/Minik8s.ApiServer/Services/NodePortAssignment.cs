using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.ApiServer.Services;

/// <summary>Gives the ports of a Service their node ports: those that are asked for, and random ones for the rest.</summary>
internal static class NodePortAssignment
{
    public const int First = 30000;
    public const int Last = 32767;

    private static readonly AllocationRange Range = new(First, Last - First + 1, AllocationRange.PortBand(Last - First + 1));

    /// <param name="spec">The Service's spec, changed in place.</param>
    /// <param name="take">Reserves a port, if need be one that the Service has not had so far; false when it cannot be had.</param>
    /// <param name="errors">Receives what cannot be had.</param>
    public static void Assign(JsonObject spec, Func<int, bool, bool> take, ICollection<FieldError> errors)
    {
        var ports = spec.Items("ports").ToList();
        // One number may serve a port in several protocols.
        var byPort = new Dictionary<long, int>();
        var used = new HashSet<(string? Protocol, long Port)>();
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i].Number("nodePort") is not (> 0 and var wanted)) continue;
            if (Refusal(wanted, take) is { } why) errors.Invalid($"spec.ports[{i}].nodePort", wanted, why);
            else byPort.TryAdd(ports[i].Number("port") ?? 0, (int)wanted);
            used.Add((ports[i].Text("protocol"), wanted));
        }

        if (errors.Count > 0 || spec.Text("type") == "LoadBalancer" && spec["allocateLoadBalancerNodePorts"].Flag() == false) return;
        for (var i = 0; i < ports.Count; i++)
        {
            if (ports[i].Number("nodePort") is > 0) continue;
            var (number, protocol) = (ports[i].Number("port") ?? 0, ports[i].Text("protocol"));
            if (!byPort.TryGetValue(number, out var assigned) || !used.Add((protocol, assigned)))
            {
                if (Range.Draw(p => take(p, true)) is not { } drawn)
                {
                    errors.Invalid($"spec.ports[{i}].nodePort", 0, "failed to allocate a nodePort: range is full");
                    return;
                }

                byPort[number] = assigned = drawn;
                used.Add((protocol, assigned));
            }

            ports[i]["nodePort"] = assigned;
        }
    }

    /// <summary>The port at which a load balancer asks a node for its health.</summary>
    public static void AssignHealthCheck(JsonObject spec, Func<int, bool, bool> take, ICollection<FieldError> errors)
    {
        const string field = "spec.healthCheckNodePort";
        if (spec.Number("healthCheckNodePort") is > 0 and var wanted)
        {
            if (Refusal(wanted, take) is { } why) errors.Invalid(field, wanted, $"failed to allocate requested HealthCheck NodePort {wanted}: {why}");
        }
        else if (Range.Draw(p => take(p, true)) is { } drawn)
        {
            spec["healthCheckNodePort"] = drawn;
        }
        else
        {
            errors.Invalid(field, 0, "failed to allocate a HealthCheck NodePort: range is full");
        }
    }

    private static string? Refusal(long port, Func<int, bool, bool> take)
    {
        if (port is < First or > Last) return $"provided port is not in the valid range. The range of valid ports is {First}-{Last}";
        return take((int)port, false) ? null : "provided port is already allocated";
    }
}
