using k8s.Models;
using Minik8s.Client.Json;

namespace Minik8s.Controllers.Endpoints;

/// <summary>
/// What to write so that a service's slices say where its pods are. An endpoint stays in its slice, because each changed slice goes to every node;
/// new ones fill slices that have room.
/// </summary>
internal sealed class EndpointSlicePlan
{
    /// <summary>The most endpoints a slice holds (kube-controller-manager's default).</summary>
    public const int MaxEndpoints = 100;

    public List<V1EndpointSlice> Create { get; } = [];

    public List<V1EndpointSlice> Update { get; } = [];

    public List<V1EndpointSlice> Delete { get; } = [];

    public static EndpointSlicePlan Make(V1Service service, IEnumerable<V1Pod> pods, Func<string, V1Node?> node, IReadOnlyList<V1EndpointSlice> present)
    {
        var plan = new EndpointSlicePlan();
        var addressTypes = EndpointSliceObjects.AddressTypes(service).ToList();
        plan.Delete.AddRange(present.Where(s => !addressTypes.Contains(s.AddressType)));
        var candidates = pods.Where(p => !ServicePods.IsOver(p)).ToList();
        foreach (var addressType in addressTypes)
        {
            plan.Add(service, addressType, Desired(service, candidates, addressType, node), [.. present.Where(s => s.AddressType == addressType)]);
        }

        return plan;
    }

    private static Dictionary<string, PortGroup> Desired(V1Service service, List<V1Pod> pods, string addressType, Func<string, V1Node?> node)
    {
        // Named target ports may be different numbers on different pods: each set of ports has slices of its own.
        var groups = new Dictionary<string, PortGroup>();
        foreach (var pod in pods)
        {
            if (string.IsNullOrEmpty(pod.Spec.NodeName) || EndpointSliceObjects.Address(pod, addressType) is not { } address) continue;
            var ports = EndpointSliceObjects.Ports(service, pod);
            var key = PortsKey(ports);
            if (!groups.TryGetValue(key, out var group)) groups.Add(key, group = new PortGroup(ports));
            group.Endpoints[pod.Metadata.Uid] = EndpointSliceObjects.Endpoint(service, pod, address, node(pod.Spec.NodeName));
        }

        return groups;
    }

    private static string PortsKey(IEnumerable<Discoveryv1EndpointPort>? ports) =>
        string.Join(';', (ports ?? []).Select(p => $"{p.Name}/{p.Protocol}/{p.Port}/{p.AppProtocol}").Order(StringComparer.Ordinal));

    private void Add(V1Service service, string addressType, Dictionary<string, PortGroup> groups, List<V1EndpointSlice> present)
    {
        var labels = EndpointSliceObjects.Labels(service);
        var empty = new List<V1EndpointSlice>();
        var kept = 0;
        foreach (var slices in present.GroupBy(s => PortsKey(s.Ports)))
        {
            var group = groups.GetValueOrDefault(slices.Key);
            var drafts = slices.Select(s => new Draft(s, group is null ? [] : group.Take(s.Endpoints ?? []))).ToList();
            foreach (var draft in drafts.OrderByDescending(d => d.Endpoints.Count)) group?.Fill(draft.Endpoints);
            foreach (var draft in drafts)
            {
                if (draft.Endpoints.Count == 0)
                {
                    empty.Add(draft.Slice);
                    continue;
                }

                kept++;
                UpdateIfChanged(draft.Slice, draft.Endpoints, draft.Slice.Ports, labels);
            }
        }

        var created = 0;
        foreach (var group in groups.Values)
        {
            while (group.Endpoints.Count > 0)
            {
                var endpoints = new List<V1Endpoint>();
                group.Fill(endpoints);
                created++;
                // An empty slice is there already: it takes these ports and endpoints instead of a new one.
                if (empty.Count > 0)
                {
                    UpdateIfChanged(empty[^1], endpoints, group.Ports, labels);
                    empty.RemoveAt(empty.Count - 1);
                }
                else
                {
                    Create.Add(EndpointSliceObjects.Make(service, addressType, group.Ports, endpoints));
                }
            }
        }

        // A service without endpoints has one empty slice, so that clients can tell it from one that is not worked out yet.
        if (kept + created == 0)
        {
            if (empty.Count == 0) Create.Add(EndpointSliceObjects.Make(service, addressType, [], []));
            else UpdateIfChanged(empty[0], [], [], labels);
            empty = [.. empty.Skip(1)];
        }

        Delete.AddRange(empty);
    }

    private void UpdateIfChanged(V1EndpointSlice slice, IList<V1Endpoint> endpoints, IList<Discoveryv1EndpointPort> ports, Dictionary<string, string> labels)
    {
        var desired = slice with { Endpoints = endpoints, Ports = ports, Metadata = slice.Metadata with { Labels = labels } };
        var sameLabels = slice.Metadata.Labels is { } old && old.Count == labels.Count && old.All(l => labels.TryGetValue(l.Key, out var value) && value == l.Value);
        if (!sameLabels || !Content(slice).AsSpan().SequenceEqual(Content(desired))) Update.Add(desired);
    }

    private static byte[] Content(V1EndpointSlice slice) => ModelJson.Write(new V1EndpointSlice { Endpoints = slice.Endpoints ?? [], Ports = slice.Ports ?? [] });

    private sealed record Draft(V1EndpointSlice Slice, List<V1Endpoint> Endpoints);

    private sealed class PortGroup(List<Discoveryv1EndpointPort> ports)
    {
        public List<Discoveryv1EndpointPort> Ports { get; } = ports;

        /// <summary>What has no slice yet, by the pod's uid.</summary>
        public Dictionary<string, V1Endpoint> Endpoints { get; } = [];

        /// <summary>The present state of those endpoints of a slice that are still wanted.</summary>
        public List<V1Endpoint> Take(IList<V1Endpoint> present)
        {
            var kept = new List<V1Endpoint>();
            foreach (var endpoint in present)
            {
                if (endpoint.TargetRef?.Uid is { } uid && Endpoints.Remove(uid, out var now)) kept.Add(now);
            }

            return kept;
        }

        /// <summary>Fills a slice up.</summary>
        public void Fill(List<V1Endpoint> slice)
        {
            foreach (var (uid, endpoint) in Endpoints.Take(MaxEndpoints - slice.Count).ToList())
            {
                slice.Add(endpoint);
                Endpoints.Remove(uid);
            }
        }
    }
}
