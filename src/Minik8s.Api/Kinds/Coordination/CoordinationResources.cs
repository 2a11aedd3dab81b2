using Minik8s.Api.Kinds.Others;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Coordination;

/// <summary>The kinds of <c>coordination.k8s.io</c>.</summary>
internal static class CoordinationResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("coordination.k8s.io", "v1", "Lease", "leases", new LeaseStrategy(), CorePrinters.Lease),
    ];
}
