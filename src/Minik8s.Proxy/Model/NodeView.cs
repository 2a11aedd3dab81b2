using System.Net;

namespace Minik8s.Proxy.Model;

/// <summary>The node on which the proxy runs, as far as rules depend on it.</summary>
/// <param name="Name">Its name; endpoints of that node are local.</param>
/// <param name="Addresses">The addresses on which node ports are open.</param>
/// <param name="PodNetwork">The range of all pods: what comes from there needs no masquerade.</param>
/// <param name="Zone">Its <c>topology.kubernetes.io/zone</c>; empty: unknown.</param>
internal sealed record NodeView(string Name, IReadOnlyList<IPAddress> Addresses, IPNetwork PodNetwork, string Zone = "");
