using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Errors;
using Minik8s.Api.Identity;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Streaming;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Proxying;

/// <summary>Finds what a proxied request is meant for: a pod, one of a service's endpoints, or a node's kubelet.</summary>
internal sealed class ProxyTargets(RegistryCatalog catalog, Random random)
{
    /// <exception cref="StatusException">There is no such object (404), it has no usable address (400), or none of its endpoints serves (503).</exception>
    public async ValueTask<ProxyTarget> FindAsync(string resource, string ns, string text, CancellationToken cancellationToken)
    {
        var name = ProxyName.Parse(text) ?? throw StatusErrors.BadRequest($"invalid {resource[..^1]} request \"{text}\"");
        return resource switch
        {
            "pods" => Pod(name, await GetAsync("pods", ns, name.Name, cancellationToken)),
            "services" => Service(name, ns, await GetAsync("services", ns, name.Name, cancellationToken)),
            _ => Node(name, (await Registry("nodes").GetAsync("", name.Name, cancellationToken)).Json),
        };
    }

    private static ProxyTarget Pod(ProxyName name, JsonObject pod)
    {
        var ip = pod.Map("status").Text("podIP") ?? "";
        CheckAddress(ip);
        var port = name.Port;
        if (port.Length == 0)
        {
            // The first container that has any port.
            port = pod.Map("spec").Items("containers").SelectMany(c => c.Items("ports").Take(1)).FirstOrDefault().Number("containerPort")?.ToString(CultureInfo.InvariantCulture) ?? "";
        }

        return new(SchemeOf(name), Authority(ip, port));
    }

    private ProxyTarget Service(ProxyName name, string ns, JsonObject service)
    {
        var port = name.Port;
        if (long.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            var found = service.Map("spec").Items("ports").FirstOrDefault(p => p.Number("port") == number)
                ?? throw Unavailable($"no service port {number} found for service \"{name.Name}\"");
            port = found.Text("name") ?? "";
        }

        var usable = Slices(ns, name.Name)
            .SelectMany(slice => slice.Items("ports").Where(p => (p.Text("name") ?? "") == port && p.Number("port") is > 0)
                .SelectMany(p => slice.Items("endpoints").Where(e => e.Map("conditions")?["ready"].Flag() != false && IsOfPod(e, ns)).SelectMany(e => e.Texts("addresses").Take(1)).Select(a => (Address: a, Port: p.Number("port")!.Value))))
            .Where(e => IsAllowed(e.Address)).ToList();
        if (usable.Count == 0) throw Unavailable($"no endpoints available for service \"{name.Name}\"");
        var (address, chosen) = usable[random.Next(usable.Count)];
        return new(SchemeOf(name), Authority(address, chosen.ToString(CultureInfo.InvariantCulture)));
    }

    private static ProxyTarget Node(ProxyName name, byte[] node)
    {
        var kubelet = KubeletAddress.Of(node);
        if (name.Port.Length == 0 || name.Port == kubelet.Port.ToString(CultureInfo.InvariantCulture)) return new("https", kubelet.Authority, IsKubelet: true);
        CheckAddress(kubelet.Host);
        return new(SchemeOf(name), Authority(kubelet.Host, name.Port));
    }

    /// <summary>
    /// Whether an endpoint is what it says: a pod of the namespace with that address. Endpoints are written by users, who must not be led by them to whatever
    /// the server's own network reaches.
    /// </summary>
    private bool IsOfPod(JsonObject endpoint, string ns)
    {
        var reference = endpoint.Map("targetRef");
        if (reference.Text("kind") != "Pod" || reference.Text("namespace") != ns) return false;
        var pods = Registry("pods");
        if (pods.Cache.Find(pods.KeyOf(ns, reference.Text("name") ?? "")) is not { } found) return false;
        var status = ObjectBytes.Parse(found.Json).Map("status");
        return endpoint.Texts("addresses").Take(1).All(a => status.Items("podIPs").Any(ip => ip.Text("ip") == a));
    }

    private IEnumerable<JsonObject> Slices(string ns, string service)
    {
        var cache = catalog.Get(new GroupResource("discovery.k8s.io", "endpointslices")).Cache;
        return cache.List(new ObjectSelector(cache.Resource, ns, "kubernetes.io/service-name=" + service, null)).Items.Select(s => ObjectBytes.Parse(s.Json));
    }

    private async ValueTask<JsonObject> GetAsync(string resource, string ns, string name, CancellationToken cancellationToken) =>
        ObjectBytes.Parse((await Registry(resource).GetAsync(ns, name, cancellationToken)).Json);

    private ResourceRegistry Registry(string resource) => catalog.Get(new GroupResource("", resource));

    private static string SchemeOf(ProxyName name) => name.Scheme.Length == 0 ? "http" : name.Scheme;

    private static string Authority(string host, string port)
    {
        var literal = IPAddress.TryParse(host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{host}]" : host;
        if (port.Length == 0) return literal;
        if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0) throw StatusErrors.BadRequest($"invalid port \"{port}\"");
        return string.Create(CultureInfo.InvariantCulture, $"{literal}:{number}");
    }

    private static void CheckAddress(string host)
    {
        if (!IsAllowed(host)) throw StatusErrors.BadRequest("address not allowed");
    }

    /// <summary>Nobody reaches by way of a made-up object what listens on the server's own machine only.</summary>
    private static bool IsAllowed(string host)
    {
        if (!IPAddress.TryParse(host, out var address)) return host.Length > 0 && !host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address) || address.IsIPv6LinkLocal || address.IsIPv6Multicast || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
        var bytes = address.GetAddressBytes();
        return bytes.Length != 4 || !(bytes[0] == 169 && bytes[1] == 254) && bytes[0] is < 224;
    }

    private static StatusException Unavailable(string why) => new(503, StatusReason.ServiceUnavailable, why);
}
