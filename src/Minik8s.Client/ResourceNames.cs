using k8s.Models;

namespace Minik8s.Client;

/// <summary>Where a model lives in the API.</summary>
public sealed record ResourceNames(string Group, string Version, string Kind, string Plural, bool Namespaced)
{
    private static readonly Dictionary<Type, ResourceNames> Known = new()
    {
        [typeof(V1Namespace)] = new("", "v1", "Namespace", "namespaces", false),
        [typeof(V1Node)] = new("", "v1", "Node", "nodes", false),
        [typeof(V1Pod)] = new("", "v1", "Pod", "pods", true),
        [typeof(Corev1Event)] = new("", "v1", "Event", "events", true),
        [typeof(V1ConfigMap)] = new("", "v1", "ConfigMap", "configmaps", true),
        [typeof(V1Secret)] = new("", "v1", "Secret", "secrets", true),
        [typeof(V1ServiceAccount)] = new("", "v1", "ServiceAccount", "serviceaccounts", true),
        [typeof(V1Service)] = new("", "v1", "Service", "services", true),
        [typeof(V1Endpoints)] = new("", "v1", "Endpoints", "endpoints", true),
        [typeof(V1Lease)] = new("coordination.k8s.io", "v1", "Lease", "leases", true),
        [typeof(V1ClusterRole)] = new("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false),
        [typeof(V1CertificateSigningRequest)] = new("certificates.k8s.io", "v1", "CertificateSigningRequest", "certificatesigningrequests", false),
        [typeof(V1EndpointSlice)] = new("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", true),
        [typeof(V1ReplicationController)] = new("", "v1", "ReplicationController", "replicationcontrollers", true),
        [typeof(V1PersistentVolumeClaim)] = new("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", true),
        [typeof(V1ReplicaSet)] = new("apps", "v1", "ReplicaSet", "replicasets", true),
        [typeof(V1Deployment)] = new("apps", "v1", "Deployment", "deployments", true),
        [typeof(V1DaemonSet)] = new("apps", "v1", "DaemonSet", "daemonsets", true),
        [typeof(V1StatefulSet)] = new("apps", "v1", "StatefulSet", "statefulsets", true),
        [typeof(V1ControllerRevision)] = new("apps", "v1", "ControllerRevision", "controllerrevisions", true),
        [typeof(V1Job)] = new("batch", "v1", "Job", "jobs", true),
        [typeof(V1CronJob)] = new("batch", "v1", "CronJob", "cronjobs", true),
    };

    /// <summary><c>v1</c> or <c>group/v1</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>The names of a model.</summary>
    /// <exception cref="NotSupportedException">The client does not know the model: add it here and to the generated JSON context.</exception>
    public static ResourceNames Of<T>() => Known.TryGetValue(typeof(T), out var names)
        ? names
        : throw new NotSupportedException($"the client has no resource for {typeof(T).Name}");

    /// <summary>The path of a collection, an object or one of its subresources, without a leading slash.</summary>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        if (Namespaced && name is not null && string.IsNullOrEmpty(ns))
            throw new ArgumentException($"a {Kind} is namespaced: its namespace is needed", nameof(ns));
        var path = Group.Length == 0 ? $"api/{Version}" : $"apis/{Group}/{Version}";
        if (Namespaced && !string.IsNullOrEmpty(ns))
            path += $"/namespaces/{Uri.EscapeDataString(ns)}";
        path += "/" + Plural;
        if (name is not null)
            path += "/" + Uri.EscapeDataString(name);
        return subresource is null ? path : $"{path}/{subresource}";
    }
}
