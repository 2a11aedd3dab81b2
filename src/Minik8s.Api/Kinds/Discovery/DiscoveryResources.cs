using Minik8s.Api.Kinds.Others;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Discovery;

/// <summary>The kinds of <c>discovery.k8s.io</c>.</summary>
internal static class DiscoveryResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", new EndpointSliceStrategy(), CorePrinters.EndpointSlice),
    ];
}
