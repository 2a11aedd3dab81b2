using Minik8s.Api.CustomResources.Definitions;
using Minik8s.Api.Kinds.Apps;
using Minik8s.Api.Kinds.Autoscaling;
using Minik8s.Api.Kinds.Batch;
using Minik8s.Api.Kinds.Certificates;
using Minik8s.Api.Kinds.Coordination;
using Minik8s.Api.Kinds.Discovery;
using Minik8s.Api.Kinds.Events;
using Minik8s.Api.Kinds.Networking;
using Minik8s.Api.Kinds.Policy;
using Minik8s.Api.Kinds.Rbac;
using Minik8s.Api.Kinds.Replication;
using Minik8s.Api.Kinds.RuntimeClasses;
using Minik8s.Api.Kinds.Scheduling;
using Minik8s.Api.Kinds.Storage;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds;

/// <summary>The kinds that every API server serves: a list for each API group, with the names that Kubernetes' discovery gives them.</summary>
public static class BuiltInResources
{
    private static readonly Lazy<IReadOnlyList<ResourceDefinition>> Definitions = new(() => Make(CoreResources.All));

    public static IReadOnlyList<ResourceDefinition> All => Definitions.Value;

    private static ResourceDefinition[] Make(IReadOnlyList<ResourceDefinition> core) =>
    [
        .. core,
        EventResources.Event(core.Single(r => r.Kind.Kind == "Event")),
        .. ReplicationResources.All,
        .. AppsResources.All,
        .. BatchResources.All,
        .. PolicyResources.All,
        .. AutoscalingResources.All,
        .. CertificatesResources.All,
        .. CoordinationResources.All,
        .. DiscoveryResources.All,
        .. ApiExtensionsResources.All,
        .. NetworkingResources.All,
        .. NodeResources.All,
        .. RbacResources.All,
        .. SchedulingResources.All,
        .. StorageResources.All,
    ];
}
