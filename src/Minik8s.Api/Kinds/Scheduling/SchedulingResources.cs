using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Scheduling;

/// <summary>The kinds of <c>scheduling.k8s.io</c>.</summary>
internal static class SchedulingResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Define("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", new PriorityClassStrategy(), PriorityClassPrinter.Table, ["pc"], namespaced: false),
    ];
}
