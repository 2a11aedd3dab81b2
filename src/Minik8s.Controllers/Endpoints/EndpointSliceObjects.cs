using k8s.Models;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Endpoints;

/// <summary>The names and fields of EndpointSlices.</summary>
internal static class EndpointSliceObjects
{
    public const string ManagedByLabel = "endpointslice.kubernetes.io/managed-by";
    public const string ManagedBy = "endpointslice-controller.k8s.io";
    public const string ServiceNameLabel = "kubernetes.io/service-name";
    public const string HeadlessLabel = "service.kubernetes.io/headless";

    public static bool IsOurs(V1EndpointSlice slice) => slice.Metadata.Labels is { } labels && labels.TryGetValue(ManagedByLabel, out var manager) && manager == ManagedBy;

    public static ObjectKey? ServiceOf(V1EndpointSlice slice) =>
        slice.Metadata.Labels is { } labels && labels.TryGetValue(ServiceNameLabel, out var name) ? new ObjectKey(slice.Metadata.NamespaceProperty, name) : null;

    public static bool IsHeadless(V1Service service) => service.Spec.ClusterIP == "None";

    /// <summary>The labels of a service's slices: those of the service, and the ones by which slices are found.</summary>
    public static Dictionary<string, string> Labels(V1Service service)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>())
        {
            [ServiceNameLabel] = service.Metadata.Name,
            [ManagedByLabel] = ManagedBy,
        };
        if (IsHeadless(service)) labels[HeadlessLabel] = "";
        else labels.Remove(HeadlessLabel);
        return labels;
    }

    /// <summary>A new slice.</summary>
    public static V1EndpointSlice Make(V1Service service, string addressType, IList<Discoveryv1EndpointPort> ports, IList<V1Endpoint> endpoints) => new()
    {
        Metadata = new V1ObjectMeta
        {
            GenerateName = service.Metadata.Name + "-",
            NamespaceProperty = service.Metadata.NamespaceProperty,
            Labels = Labels(service),
            OwnerReferences =
            [
                new V1OwnerReference
                {
                    ApiVersion = "v1",
                    Kind = "Service",
                    Name = service.Metadata.Name,
                    Uid = service.Metadata.Uid,
                    Controller = true,
                    BlockOwnerDeletion = true,
                },
            ],
        },
        AddressType = addressType,
        Ports = ports,
        Endpoints = endpoints,
    };

    /// <summary>The address types of a service: one, or two where it is dual-stack.</summary>
    public static IEnumerable<string> AddressTypes(V1Service service) => service.Spec.IpFamilies is { Count: > 0 } families ? families : ["IPv4"];

    /// <summary>The ports of a service as one pod has them.</summary>
    public static List<Discoveryv1EndpointPort> Ports(V1Service service, V1Pod pod)
    {
        var ports = new List<Discoveryv1EndpointPort>();
        foreach (var port in service.Spec.Ports ?? [])
        {
            if (ServicePods.TargetPort(port, pod) is not { } number) continue;
            ports.Add(new Discoveryv1EndpointPort { Name = port.Name ?? "", Port = number, Protocol = ServicePods.Protocol(port.Protocol), AppProtocol = port.AppProtocol });
        }

        return ports;
    }

    /// <summary>One pod as an endpoint.</summary>
    public static V1Endpoint Endpoint(V1Service service, V1Pod pod, string address, V1Node? node)
    {
        var serving = ServicePods.IsReady(pod);
        var terminating = pod.Metadata.DeletionTimestamp is not null;
        return new V1Endpoint
        {
            Addresses = [address],
            Conditions = new V1EndpointConditions
            {
                Ready = service.Spec.PublishNotReadyAddresses == true || (serving && !terminating),
                Serving = serving,
                Terminating = terminating,
            },
            Hostname = ServicePods.HostName(service, pod),
            NodeName = pod.Spec.NodeName,
            TargetRef = ServicePods.Reference(pod),
            Zone = node?.Metadata.Labels is { } labels && labels.TryGetValue("topology.kubernetes.io/zone", out var zone) ? zone : null,
        };
    }

    /// <summary>The pod's address of a family.</summary>
    public static string? Address(V1Pod pod, string addressType)
    {
        var addresses = pod.Status?.PodIPs is { Count: > 0 } all ? all.Select(a => (string?)a.Ip) : [pod.Status?.PodIP];
        return addresses.FirstOrDefault(a => !string.IsNullOrEmpty(a) && a.Contains(':') == (addressType == "IPv6"));
    }
}
