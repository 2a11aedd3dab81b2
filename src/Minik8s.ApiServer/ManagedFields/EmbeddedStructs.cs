using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Fields of the built-in kinds that are never absent in Kubernetes' own types: structs by value and lists that are always written. A field below
/// appears without the struct itself having been added, so nobody owns the struct.
/// </summary>
internal static class EmbeddedStructs
{
    private static readonly HashSet<string> Structs = new(StringComparer.Ordinal)
    {
        "metadata", "spec", "status", "template", "strategy", "updateStrategy", "jobTemplate", "scaleTargetRef", "podSelector", "loadBalancer", "daemonEndpoints",
        "kubeletEndpoint", "nodeInfo", "involvedObject", "regarding", "source", "deprecatedSource", "roleRef", "resources",
    };

    // Structs by value only where the kind is this one; elsewhere the field of that name is a pointer.
    private static readonly Dictionary<string, string> Only = new(StringComparer.Ordinal)
    {
        ["resources"] = "PersistentVolumeClaimSpec,Container,EphemeralContainer",
        ["podSelector"] = "NetworkPolicySpec",
        ["source"] = "Event,VolumeAttachmentSpec",
        ["loadBalancer"] = "ServiceStatus,IngressStatus",
        ["template"] = "DeploymentSpec,ReplicaSetSpec,StatefulSetSpec,DaemonSetSpec,JobSpec,PodTemplate",
    };

    public static bool Contains(Schema? schema, string field)
    {
        if (schema?.Name is null || !schema.Properties.TryGetValue(field, out var type)) return false;
        if (type.Type == SchemaType.Array) return schema.Required.Contains(field);
        if (type.Type != SchemaType.Object || type.Properties.Count == 0) return false;
        if (!Structs.Contains(field)) return schema.Required.Contains(field);
        return !Only.TryGetValue(field, out var owners) || owners.Split(',').Any(o => schema.Name.EndsWith("." + o, StringComparison.Ordinal));
    }
}
