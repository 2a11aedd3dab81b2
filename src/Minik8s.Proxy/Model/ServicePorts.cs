using System.Net;
using System.Net.Sockets;
using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Proxy.Model;

/// <summary>Reads the ports of a Service. What does not concern IPv4 is left out: this proxy programs one family.</summary>
internal static class ServicePorts
{
    private const int DefaultAffinitySeconds = 10800;

    /// <returns>Nothing for a service without a virtual address: a headless one, or an ExternalName.</returns>
    public static IReadOnlyList<ServicePort> Of(V1Service service)
    {
        var spec = service.Spec;
        if (spec is null || spec.Type == "ExternalName" || ClusterIp(spec) is not { } clusterIp) return [];
        var ports = new List<ServicePort>();
        foreach (var port in spec.Ports ?? [])
        {
            ports.Add(new ServicePort
            {
                Name = new ServicePortName(ObjectKey.Of(service), port.Name ?? "", Protocol(port.Protocol)),
                ClusterIp = clusterIp,
                Port = port.Port,
                NodePort = port.NodePort ?? 0,
                ExternalIps = Addresses(spec.ExternalIPs),
                LoadBalancerIps = spec.Type == "LoadBalancer" ? LoadBalancerIps(service) : [],
                SourceRanges = Networks(spec.LoadBalancerSourceRanges),
                AffinitySeconds = spec.SessionAffinity == "ClientIP" ? spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? DefaultAffinitySeconds : 0,
                InternalLocal = spec.InternalTrafficPolicy == "Local",
                ExternalLocal = spec.ExternalTrafficPolicy == "Local",
            });
        }

        return ports;
    }

    /// <summary>The port on which each node tells a load balancer whether it has endpoints of the service; 0: none.</summary>
    public static int HealthCheckNodePort(V1Service service) =>
        service.Spec is { Type: "LoadBalancer", ExternalTrafficPolicy: "Local", HealthCheckNodePort: > 0 and var port } ? port : 0;

    /// <summary>A protocol as the rules name it.</summary>
    public static string Protocol(string? protocol) => (protocol ?? "TCP").ToLowerInvariant();

    private static IPAddress? ClusterIp(V1ServiceSpec spec) => Addresses(spec.ClusterIPs is { Count: > 0 } all ? all : [spec.ClusterIP]).FirstOrDefault();

    private static IReadOnlyList<IPAddress> LoadBalancerIps(V1Service service) =>
        Addresses(service.Status?.LoadBalancer?.Ingress?.Where(i => i.IpMode is null or "VIP").Select(i => i.Ip));

    private static IReadOnlyList<IPAddress> Addresses(IEnumerable<string?>? texts) =>
        [.. (texts ?? []).Select(t => IPAddress.TryParse(t, out var address) ? address : null).OfType<IPAddress>().Where(a => a.AddressFamily == AddressFamily.InterNetwork).Distinct()];

    /// <summary>The ranges without those that lie within another: the kernel takes no overlapping ones.</summary>
    private static IReadOnlyList<IPNetwork> Networks(IEnumerable<string>? texts)
    {
        var all = (texts ?? [])
            .Select(t => IPNetwork.TryParse(t.Trim(), out var network) ? network : (IPNetwork?)null)
            .OfType<IPNetwork>()
            .Where(n => n.BaseAddress.AddressFamily == AddressFamily.InterNetwork)
            .Distinct()
            .ToList();
        return [.. all.Where(n => !all.Any(other => other != n && other.PrefixLength <= n.PrefixLength && other.Contains(n.BaseAddress)))];
    }
}
