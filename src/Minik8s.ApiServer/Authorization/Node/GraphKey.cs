namespace Minik8s.ApiServer.Authorization.Node;

/// <summary>What a pod on a node may refer to.</summary>
internal enum GraphKind
{
    Pod,
    Secret,
    ConfigMap,
    PersistentVolumeClaim,
    ServiceAccount,
}

/// <summary>One such object.</summary>
internal readonly record struct GraphKey(GraphKind Kind, string Namespace, string Name);
