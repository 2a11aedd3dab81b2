using System.Collections.Concurrent;
using k8s.Models;
using Minik8s.Linux.Nftables;

namespace Minik8s.Kubelet.Network;

/// <summary>Leads ports of the node to pods that ask for them (<c>hostPort</c>): elements of two maps, whose look-up costs the same for any number of ports.</summary>
internal sealed class HostPorts(KubeletOptions options)
{
    /// <summary>Ports of every address of the node.</summary>
    public const string AnyAddress = "host-ports-any";

    /// <summary>Ports of one address (<c>hostIP</c>).</summary>
    public const string OneAddress = "host-ports-one";

    /// <summary>Pairs of a pod's address with itself: what a pod sends to its own host port must come back by way of the node.</summary>
    public const string Hairpin = "host-ports-hairpin";

    private readonly ConcurrentDictionary<string, IReadOnlyList<Element>> _ofPods = new();

    /// <summary>Sees to it that the pod's ports lead to its address.</summary>
    /// <exception cref="IOException">The rules were refused, for instance because another pod holds the port.</exception>
    public async Task EnsureAsync(V1Pod pod, string podIp, CancellationToken cancellationToken)
    {
        var wanted = Elements(pod, podIp);
        var known = _ofPods.GetValueOrDefault(pod.Metadata.Uid) ?? [];
        if (wanted.SequenceEqual(known)) return;
        await NftablesConnection.RunAsync(string.Concat(known.Select(Delete)) + string.Concat(wanted.Select(Add)), cancellationToken);
        _ofPods[pod.Metadata.Uid] = wanted;
        AllowLoopback();
    }

    /// <summary>Takes the pod's ports away.</summary>
    public async Task RemoveAsync(string podUid, CancellationToken cancellationToken)
    {
        if (!_ofPods.TryGetValue(podUid, out var known)) return;
        await NftablesConnection.RunAsync(string.Concat(known.Select(Delete)), cancellationToken);
        _ofPods.TryRemove(podUid, out _);
    }

    /// <summary>Makes the maps hold the ports of these pods and no others, in one transaction: what an earlier life of the kubelet left is corrected.</summary>
    public async Task ReplaceAsync(IEnumerable<(V1Pod Pod, string PodIp)> pods, CancellationToken cancellationToken)
    {
        var all = pods.ToDictionary(p => p.Pod.Metadata.Uid, p => Elements(p.Pod, p.PodIp));
        await NftablesConnection.RunAsync(
            $"flush map ip {NodeNetwork.Table} {AnyAddress}\nflush map ip {NodeNetwork.Table} {OneAddress}\nflush set ip {NodeNetwork.Table} {Hairpin}\n" + string.Concat(all.Values.SelectMany(e => e).Distinct().Select(Add)), cancellationToken);
        foreach (var (uid, elements) in all.Where(p => p.Value.Count > 0)) _ofPods[uid] = elements;
    }

    private static IReadOnlyList<Element> Elements(V1Pod pod, string podIp)
    {
        if (pod.Spec.HostNetwork == true) return [];
        List<Element> ports =
        [
            .. (pod.Spec.InitContainers ?? []).Where(c => c.RestartPolicy == "Always").Concat(pod.Spec.Containers)
                .SelectMany(c => c.Ports ?? [])
                .Where(p => p.HostPort > 0)
                .Select(p =>
                {
                    var protocol = (p.Protocol ?? "TCP").ToLowerInvariant();
                    return string.IsNullOrEmpty(p.HostIP) || p.HostIP == "0.0.0.0"
                        ? new Element(AnyAddress, $"{protocol} . {p.HostPort}", $" : {podIp} . {p.ContainerPort}")
                        : new Element(OneAddress, $"{p.HostIP} . {protocol} . {p.HostPort}", $" : {podIp} . {p.ContainerPort}");
                }),
        ];
        if (ports.Count > 0) ports.Add(new Element(Hairpin, $"{podIp} . {podIp}", ""));
        return ports;
    }

    private static string Add(Element element) => $"add element ip {NodeNetwork.Table} {element.Map} {{ {element.Key}{element.Value} }}\n";

    private static string Delete(Element element) => $"delete element ip {NodeNetwork.Table} {element.Map} {{ {element.Key} }}\n";

    /// <summary>The node itself may use 127.0.0.1; the kernel drops loopback addresses on other links unless it is told otherwise.</summary>
    private void AllowLoopback()
    {
        var setting = $"/proc/sys/net/ipv4/conf/{options.BridgeName}/route_localnet";
        if (File.Exists(setting)) File.WriteAllText(setting, "1");
    }

    private sealed record Element(string Map, string Key, string Value);
}
