using Minik8s.Api.Kinds.ConfigMaps;
using Minik8s.Api.Kinds.Events;
using Minik8s.Api.Kinds.LimitRanges;
using Minik8s.Api.Kinds.Namespaces;
using Minik8s.Api.Kinds.Nodes;
using Minik8s.Api.Kinds.Others;
using Minik8s.Api.Kinds.PersistentVolumes;
using Minik8s.Api.Kinds.Pods;
using Minik8s.Api.Kinds.Policy;
using Minik8s.Api.Kinds.ResourceQuotas;
using Minik8s.Api.Kinds.Secrets;
using Minik8s.Api.Kinds.Services;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;
using static Minik8s.Api.Kinds.Definitions;

namespace Minik8s.Api.Kinds;

/// <summary>The kinds of the core group.</summary>
internal static class CoreResources
{
    public static IReadOnlyList<ResourceDefinition> All =>
    [
        Core("Namespace", "namespaces", new NamespaceStrategy(), CorePrinters.Namespace, ["ns"], namespaced: false) with
        {
            Subresources = [new("finalize", null, ["update"]), Status],
            SelectableFields = [Field("status.phase")],
            Verbs = ["create", "delete", "get", "list", "patch", "update", "watch"],
        },
        Core("Node", "nodes", new NodeStrategy(), NodePrinter.Table, ["no"], namespaced: false) with
        {
            Subresources = [new("proxy", new("", "v1", "NodeProxyOptions"), ["create", "delete", "get", "patch", "update"]), Status],
            SelectableFields = [Field("spec.unschedulable", "false")],
        },
        Core("Pod", "pods", new PodStrategy(), PodPrinter.Table, ["po"]) with
        {
            Categories = ["all"],
            Subresources =
            [
                new("attach", new("", "v1", "PodAttachOptions"), ["create", "get"]),
                new("binding", new("", "v1", "Binding"), ["create"]),
                new("ephemeralcontainers", null, ["get", "patch", "update"]),
                new("eviction", PolicyResources.Eviction.Kind, ["create"]),
                new("exec", new("", "v1", "PodExecOptions"), ["create", "get"]),
                new("log", null, ["get"]),
                new("portforward", new("", "v1", "PodPortForwardOptions"), ["create", "get"]),
                new("proxy", new("", "v1", "PodProxyOptions"), ["create", "delete", "get", "patch", "update"]),
                new("resize", null, ["get", "patch", "update"]),
                Status,
            ],
            SelectableFields =
            [
                Field("spec.nodeName"), Field("spec.restartPolicy"), Field("spec.schedulerName"), Field("spec.serviceAccountName"), Field("spec.hostNetwork", "false"),
                Field("status.phase"), Field("status.podIP"), Field("status.nominatedNodeName"),
            ],
        },
        Core("Event", "events", new EventStrategy(), EventPrinter.Table, ["ev"]) with
        {
            TimeToLive = TimeSpan.FromHours(1),
            SelectableFields =
            [
                Field("involvedObject.kind"), Field("involvedObject.namespace"), Field("involvedObject.name"), Field("involvedObject.uid"), Field("involvedObject.apiVersion"),
                Field("involvedObject.resourceVersion"), Field("involvedObject.fieldPath"), Field("reason"), Field("reportingComponent"), new("source", ["source", "component"]), Field("type"),
            ],
        },
        Core("ConfigMap", "configmaps", new ConfigMapStrategy(), CorePrinters.ConfigMap, ["cm"]),
        Core("Secret", "secrets", new SecretStrategy(), CorePrinters.Secret) with { SelectableFields = [Field("type")] },
        Core("ServiceAccount", "serviceaccounts", new PlainStrategy(), CorePrinters.ServiceAccount, ["sa"]) with
        {
            Subresources = [new("token", new("authentication.k8s.io", "v1", "TokenRequest"), ["create"])],
        },
        Core("Service", "services", new ServiceStrategy(), ServicePrinter.Table, ["svc"]) with
        {
            Categories = ["all"],
            Subresources = [new("proxy", new("", "v1", "ServiceProxyOptions"), ["create", "delete", "get", "patch", "update"]), Status],
            SelectableFields = [Field("spec.clusterIP"), Field("spec.type")],
        },
        Core("Endpoints", "endpoints", new EndpointsStrategy(), CorePrinters.Endpoints, ["ep"]) with { Singular = "endpoints" },
        Core("PersistentVolume", "persistentvolumes", new PersistentVolumeStrategy(), PersistentVolumePrinter.Table, ["pv"], namespaced: false) with { Subresources = [Status] },
        Core("PersistentVolumeClaim", "persistentvolumeclaims", new PersistentVolumeClaimStrategy(), PersistentVolumeClaimPrinter.Table, ["pvc"]) with { Subresources = [Status] },
        Core("LimitRange", "limitranges", new LimitRangeStrategy(), TablePrinter.Default, ["limits"]),
        Core("ResourceQuota", "resourcequotas", new ResourceQuotaStrategy(), ResourceQuotaPrinter.Table, ["quota"]) with { Subresources = [Status] },
    ];

    private static ResourceDefinition Core(string kind, string plural, ResourceStrategy strategy, ITablePrinter printer, string[]? shortNames = null, bool namespaced = true) =>
        Define("", "v1", kind, plural, strategy, printer, shortNames, namespaced);
}
