using System.Globalization;
using k8s.Models;

namespace Minik8s.Kubelet.Env;

/// <summary>The variables by which a container finds services without DNS (Kubernetes' documentation, "Service", section "Environment variables").</summary>
internal static class ServiceEnvironment
{
    /// <param name="services">All services.</param>
    /// <param name="pod">Whose environment it is: it sees its own namespace, unless it asks not to, and always the API server.</param>
    public static IEnumerable<KeyValuePair<string, string>> For(IEnumerable<V1Service> services, V1Pod pod) =>
        services.Where(s => IsVirtual(s) && Sees(pod, s)).OrderBy(s => s.Metadata.Name, StringComparer.Ordinal).SelectMany(Variables);

    private static bool IsVirtual(V1Service service) => !string.IsNullOrEmpty(service.Spec.ClusterIP) && service.Spec.ClusterIP != "None" && service.Spec.Ports is { Count: > 0 };

    private static bool Sees(V1Pod pod, V1Service service) =>
        service.Metadata is { NamespaceProperty: "default", Name: "kubernetes" }
        || pod.Spec.EnableServiceLinks != false && service.Metadata.NamespaceProperty == pod.Metadata.NamespaceProperty;

    private static IEnumerable<KeyValuePair<string, string>> Variables(V1Service service)
    {
        var prefix = Name(service.Metadata.Name);
        var ip = service.Spec.ClusterIP;
        var first = service.Spec.Ports[0];
        yield return new($"{prefix}_SERVICE_HOST", ip);
        yield return new($"{prefix}_SERVICE_PORT", Text(first.Port));
        foreach (var port in service.Spec.Ports.Where(p => !string.IsNullOrEmpty(p.Name))) yield return new($"{prefix}_SERVICE_PORT_{Name(port.Name)}", Text(port.Port));
        yield return new($"{prefix}_PORT", Address(first));
        foreach (var port in service.Spec.Ports)
        {
            var protocol = port.Protocol ?? "TCP";
            var one = $"{prefix}_PORT_{Text(port.Port)}_{protocol}";
            yield return new(one, Address(port));
            yield return new($"{one}_PROTO", protocol.ToLowerInvariant());
            yield return new($"{one}_PORT", Text(port.Port));
            yield return new($"{one}_ADDR", ip);
        }

        string Address(V1ServicePort port) => $"{(port.Protocol ?? "TCP").ToLowerInvariant()}://{(ip.Contains(':') ? $"[{ip}]" : ip)}:{Text(port.Port)}";
    }

    private static string Name(string name) => name.ToUpperInvariant().Replace('-', '_');

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
