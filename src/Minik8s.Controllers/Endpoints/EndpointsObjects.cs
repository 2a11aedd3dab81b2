using k8s.Models;

namespace Minik8s.Controllers.Endpoints;

/// <summary>The Endpoints that a service and its pods amount to.</summary>
internal static class EndpointsObjects
{
    private const string ManagedByLabel = "endpoints.kubernetes.io/managed-by";
    private const string ManagedBy = "endpoint-controller";
    private const string OverCapacity = "endpoints.kubernetes.io/over-capacity";
    private const int MaxAddresses = 1000;

    public static bool IsOurs(V1Endpoints endpoints) => endpoints.Metadata.Labels is { } labels && labels.TryGetValue(ManagedByLabel, out var manager) && manager == ManagedBy;

    public static V1Endpoints Make(V1Service service, IEnumerable<V1Pod> pods, V1Endpoints? present)
    {
        var addressType = EndpointSliceObjects.AddressTypes(service).First();
        var groups = new SortedDictionary<string, Group>(StringComparer.Ordinal);
        var addresses = 0;
        var truncated = false;
        foreach (var pod in pods.OrderBy(p => ServicePods.IsReady(p) ? 0 : 1).ThenBy(p => p.Metadata.Uid, StringComparer.Ordinal))
        {
            var tolerated = service.Spec.PublishNotReadyAddresses == true;
            // A pod on its way out is no address here at all; EndpointSlices can say more.
            if (ServicePods.IsOver(pod) || (pod.Metadata.DeletionTimestamp is not null && !tolerated)) continue;
            if (string.IsNullOrEmpty(pod.Spec.NodeName) || EndpointSliceObjects.Address(pod, addressType) is not { } ip) continue;
            var ports = EndpointSliceObjects.Ports(service, pod);
            if (ports.Count == 0 && !EndpointSliceObjects.IsHeadless(service)) continue;
            if (++addresses > MaxAddresses)
            {
                truncated = true;
                break;
            }

            var key = string.Join(';', ports.Select(p => $"{p.Name}/{p.Protocol}/{p.Port}"));
            if (!groups.TryGetValue(key, out var group)) groups.Add(key, group = new Group(ports));
            var address = new V1EndpointAddress
            {
                Ip = ip,
                Hostname = ServicePods.HostName(service, pod),
                NodeName = pod.Spec.NodeName,
                TargetRef = ServicePods.Reference(pod),
            };
            (tolerated || ServicePods.IsReady(pod) ? group.Ready : group.NotReady).Add(address);
        }

        var metadata = present?.Metadata is { } old
            ? old with { Labels = Labels(service), Annotations = Annotations(old.Annotations, truncated) }
            : new V1ObjectMeta
            {
                Name = service.Metadata.Name,
                NamespaceProperty = service.Metadata.NamespaceProperty,
                Labels = Labels(service),
                Annotations = Annotations(null, truncated),
            };
        return new V1Endpoints { ApiVersion = "v1", Kind = "Endpoints", Metadata = metadata, Subsets = [.. groups.Values.Select(g => g.Subset())] };
    }

    private static Dictionary<string, string> Labels(V1Service service)
    {
        var labels = new Dictionary<string, string>(service.Metadata.Labels ?? new Dictionary<string, string>()) { [ManagedByLabel] = ManagedBy };
        if (EndpointSliceObjects.IsHeadless(service)) labels[EndpointSliceObjects.HeadlessLabel] = "";
        else labels.Remove(EndpointSliceObjects.HeadlessLabel);
        return labels;
    }

    private static Dictionary<string, string>? Annotations(IDictionary<string, string>? present, bool truncated)
    {
        var annotations = present is null ? [] : new Dictionary<string, string>(present);
        if (truncated) annotations[OverCapacity] = "truncated";
        else annotations.Remove(OverCapacity);
        return annotations.Count == 0 ? null : annotations;
    }

    private sealed class Group(List<Discoveryv1EndpointPort> ports)
    {
        public List<V1EndpointAddress> Ready { get; } = [];

        public List<V1EndpointAddress> NotReady { get; } = [];

        public V1EndpointSubset Subset() => new()
        {
            Addresses = Ready.Count == 0 ? null : [.. Ready.OrderBy(a => a.Ip, StringComparer.Ordinal)],
            NotReadyAddresses = NotReady.Count == 0 ? null : [.. NotReady.OrderBy(a => a.Ip, StringComparer.Ordinal)],
            Ports = ports.Count == 0 ? null : [.. ports.Select(p => new Corev1EndpointPort { Name = string.IsNullOrEmpty(p.Name) ? null : p.Name, Port = p.Port ?? 0, Protocol = p.Protocol, AppProtocol = p.AppProtocol })],
        };
    }
}
