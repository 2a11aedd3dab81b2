using System.Net;
using k8s.Models;
using Minik8s.Proxy.Model;

namespace Minik8s.Proxy.Tests;

/// <summary>Services and slices as the API has them.</summary>
internal static class Objects
{
    public static readonly NodeView Node = new("node-1", [IPAddress.Parse("192.168.1.10")], IPNetwork.Parse("10.42.0.0/16"), "zone-a");

    public static V1Service Service(string name, string clusterIp = "10.43.0.5", Action<V1ServiceSpec>? change = null, params V1ServicePort[] ports)
    {
        var service = new V1Service
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "ns", Uid = name, CreationTimestamp = new DateTime(2026, 1, 1) },
            Spec = new V1ServiceSpec
            {
                Type = "ClusterIP",
                ClusterIP = clusterIp,
                ClusterIPs = [clusterIp],
                Ports = ports.Length > 0 ? ports : [new V1ServicePort { Port = 80, Protocol = "TCP" }],
            },
        };
        change?.Invoke(service.Spec);
        return service;
    }

    public static V1ServicePort NodePort(int port, int nodePort, string protocol = "TCP", string? name = null) => new() { Port = port, NodePort = nodePort, Protocol = protocol, Name = name };

    public static V1EndpointSlice Slice(V1Service service, string name, int port, params V1Endpoint[] endpoints) =>
        Slice(service, name, [new Discoveryv1EndpointPort { Name = "", Port = port, Protocol = service.Spec.Ports[0].Protocol }], endpoints);

    public static V1EndpointSlice Slice(V1Service service, string name, IList<Discoveryv1EndpointPort> ports, IList<V1Endpoint> endpoints) => new()
    {
        AddressType = "IPv4",
        Metadata = new V1ObjectMeta
        {
            Name = name,
            NamespaceProperty = service.Metadata.NamespaceProperty,
            Labels = new Dictionary<string, string> { ["kubernetes.io/service-name"] = service.Metadata.Name },
        },
        Ports = ports,
        Endpoints = endpoints,
    };

    /// <summary>A ready endpoint.</summary>
    public static V1Endpoint Ready(string address, string? node = null) => Endpoint(address, node, ready: true, serving: true, terminating: false);

    public static V1Endpoint NotReady(string address, string? node = null) => Endpoint(address, node, ready: false, serving: false, terminating: false);

    /// <summary>One that is on its way out and still answers.</summary>
    public static V1Endpoint Draining(string address, string? node = null) => Endpoint(address, node, ready: false, serving: true, terminating: true);

    private static V1Endpoint Endpoint(string address, string? node, bool ready, bool serving, bool terminating) => new()
    {
        Addresses = [address],
        NodeName = node,
        Conditions = new V1EndpointConditions { Ready = ready, Serving = serving, Terminating = terminating },
    };
}
