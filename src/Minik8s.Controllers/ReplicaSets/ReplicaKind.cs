using k8s;
using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>What ReplicaSets and ReplicationControllers have in common, seen alike.</summary>
internal abstract class ReplicaKind<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The name in logs and, with <c>-controller</c> where Kubernetes has that, in events.</summary>
    public abstract string ControllerName { get; }

    /// <summary>Whether its status counts the pods that are on their way out.</summary>
    public abstract bool CountsTerminating { get; }

    public abstract int Replicas(T owner);

    public abstract int MinReadySeconds(T owner);

    public abstract ObjectSelector Selector(T owner);

    public abstract V1PodTemplateSpec? Template(T owner);

    public abstract ReplicaCounts Status(T owner);

    public abstract T WithStatus(T owner, ReplicaCounts status);
}
