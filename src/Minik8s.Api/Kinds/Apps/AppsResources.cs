using Minik8s.Api.Kinds.Scales;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>The kinds of <c>apps</c>.</summary>
internal static class AppsResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Apps("ControllerRevision", "controllerrevisions", new ControllerRevisionStrategy(), AppsPrinters.ControllerRevision),
        Apps("DaemonSet", "daemonsets", new DaemonSetStrategy(), AppsPrinters.DaemonSet, "ds") with { Categories = ["all"], Subresources = [Status] },
        Scaled(Apps("Deployment", "deployments", new DeploymentStrategy(), AppsPrinters.Deployment, "deploy")),
        Scaled(Apps("ReplicaSet", "replicasets", new ReplicaSetStrategy(), AppsPrinters.ReplicaSet, "rs")),
        Scaled(Apps("StatefulSet", "statefulsets", new StatefulSetStrategy(), AppsPrinters.StatefulSet, "sts")),
    ];

    private static ResourceDefinition Apps(string kind, string plural, ResourceStrategy strategy, ITablePrinter printer, params string[] shortNames) =>
        Define("apps", "v1", kind, plural, strategy, printer, shortNames);

    private static ResourceDefinition Scaled(ResourceDefinition definition) =>
        definition with { Categories = ["all"], Subresources = [ScaleResource.Subresource, Status], Scale = ScaleMapping.Workload };
}
