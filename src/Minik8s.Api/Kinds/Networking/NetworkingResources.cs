using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Networking;

/// <summary>The kinds of <c>networking.k8s.io</c>.</summary>
internal static class NetworkingResources
{
    private const string Group = "networking.k8s.io";

    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define(Group, "v1", "Ingress", "ingresses", new IngressStrategy(), NetworkingPrinters.Ingress, ["ing"]) with { Subresources = [Status] },
        Define(Group, "v1", "IngressClass", "ingressclasses", new IngressClassStrategy(), NetworkingPrinters.IngressClass, namespaced: false),
        Define(Group, "v1", "IPAddress", "ipaddresses", new IPAddressStrategy(), NetworkingPrinters.IPAddress, ["ip"], namespaced: false),
        Define(Group, "v1", "NetworkPolicy", "networkpolicies", new NetworkPolicyStrategy(), NetworkingPrinters.NetworkPolicy, ["netpol"]),
        Define(Group, "v1", "ServiceCIDR", "servicecidrs", new ServiceCidrStrategy(), NetworkingPrinters.ServiceCidr, namespaced: false) with { Subresources = [Status] },
    ];
}
