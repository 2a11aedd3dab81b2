using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Printing;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds;

/// <summary>The <c>status.loadBalancer</c> that Services and Ingresses have.</summary>
internal static class LoadBalancer
{
    /// <summary>Its addresses and host names as a table shows them.</summary>
    public static string Addresses(JsonElement obj) => string.Join(
        ',',
        obj.Get("status").Get("loadBalancer").Items("ingress")
            .Select(i => i.Text("ip") is { Length: > 0 } ip ? ip : i.Text("hostname"))
            .Where(a => !string.IsNullOrEmpty(a)).Distinct().Order(StringComparer.Ordinal));

    public static void Validate(JsonObject obj, bool hasMode, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var ingress in obj.Map("status").Map("loadBalancer").Items("ingress"))
        {
            var path = $"status.loadBalancer.ingress[{i++}]";
            var ip = ingress.Text("ip") ?? "";
            if (ip.Length > 0) errors.All($"{path}.ip", ip, Validation.Addresses.Ip(ip));
            if (hasMode) ValidateMode(ingress, ip, path, errors);
            if (ingress.Text("hostname") is not { Length: > 0 } host) continue;
            errors.All($"{path}.hostname", host, Names.DnsSubdomain(host));
            if (Validation.Addresses.TryParse(host, out _)) errors.Invalid($"{path}.hostname", host, "must be a DNS name, not an IP address");
        }
    }

    private static void ValidateMode(JsonObject ingress, string ip, string path, ICollection<FieldError> errors)
    {
        var mode = ingress.Text("ipMode");
        if (mode is null && ip.Length > 0) errors.Required($"{path}.ipMode", "must be specified when `ip` is set");
        else if (mode is not null && ip.Length == 0) errors.Forbidden($"{path}.ipMode", "may not be specified when `ip` is not set");
        else if (mode is not (null or "VIP" or "Proxy")) errors.NotSupported($"{path}.ipMode", mode, "Proxy", "VIP");
    }
}
