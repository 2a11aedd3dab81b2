using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Minik8s.Api;
using Minik8s.Api.Errors;

namespace Minik8s.ApiServer.Streaming;

/// <summary>Where a node's kubelet listens, as its Node object says.</summary>
internal readonly record struct KubeletAddress(string Host, int Port)
{
    private const int DefaultPort = 10250;

    private static readonly string[] Preference = ["InternalIP", "ExternalIP", "InternalDNS", "Hostname", "ExternalDNS"];

    /// <summary>As it stands in a URL and in Go's messages.</summary>
    public string Authority => IPAddress.TryParse(Host, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <exception cref="StatusException">The node has no address yet (500, as Kubernetes gives it).</exception>
    public static KubeletAddress Of(ReadOnlyMemory<byte> node)
    {
        using var document = ObjectJson.Document(node);
        var status = document.RootElement.Get("status");
        var port = status?.Get("daemonEndpoints")?.Get("kubeletEndpoint")?.Get("Port") is { ValueKind: JsonValueKind.Number } number && number.TryGetInt32(out var given) && given > 0 ? given : DefaultPort;
        var addresses = status.Items("addresses").Select(a => (Type: a.Text("type"), Address: a.Text("address"))).Where(a => !string.IsNullOrEmpty(a.Address)).ToList();
        foreach (var type in Preference)
        {
            if (addresses.FirstOrDefault(a => a.Type == type).Address is { } host) return new(host, port);
        }

        throw new StatusException(500, StatusReason.Unknown, $"no preferred addresses found; known addresses: [{string.Join(' ', addresses.Select(a => $"{{{a.Type} {a.Address}}}"))}]");
    }
}
