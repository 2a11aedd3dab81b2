using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>ReplicationControllers.</summary>
internal sealed class ReplicationControllerKind : ReplicaKind<V1ReplicationController>
{
    private const string Failure = "ReplicaFailure";

    public override string ControllerName => "replicationcontroller";

    public override bool CountsTerminating => false;

    public override int Replicas(V1ReplicationController owner) => owner.Spec.Replicas ?? 1;

    public override int MinReadySeconds(V1ReplicationController owner) => owner.Spec.MinReadySeconds ?? 0;

    public override ObjectSelector Selector(V1ReplicationController owner) => ObjectSelector.From(owner.Spec.Selector);

    public override V1PodTemplateSpec? Template(V1ReplicationController owner) => owner.Spec.Template;

    public override ReplicaCounts Status(V1ReplicationController owner)
    {
        if (owner.Status is not { } status) return new(0, 0, 0, 0, null, 0, null);
        var failure = status.Conditions?.FirstOrDefault(c => c.Type == Failure);
        return new(
            status.Replicas, status.FullyLabeledReplicas ?? 0, status.ReadyReplicas ?? 0, status.AvailableReplicas ?? 0, null, status.ObservedGeneration ?? 0,
            failure is null ? null : new ReplicaFailure(failure.Reason, failure.Message, failure.LastTransitionTime));
    }

    public override V1ReplicationController WithStatus(V1ReplicationController owner, ReplicaCounts status)
    {
        List<V1ReplicationControllerCondition> conditions = [.. (owner.Status?.Conditions ?? []).Where(c => c.Type != Failure)];
        if (status.Failure is { } failure)
        {
            conditions.Add(new V1ReplicationControllerCondition { Type = Failure, Status = "True", Reason = failure.Reason, Message = failure.Message, LastTransitionTime = failure.Since });
        }

        return owner with
        {
            Status = new V1ReplicationControllerStatus
            {
                Replicas = status.Replicas,
                FullyLabeledReplicas = Count(status.FullyLabeled),
                ReadyReplicas = Count(status.Ready),
                AvailableReplicas = Count(status.Available),
                ObservedGeneration = status.ObservedGeneration,
                Conditions = conditions.Count == 0 ? null : conditions,
            },
        };
    }

    // Counts of zero are left out, as Kubernetes leaves them out.
    private static int? Count(int number) => number == 0 ? null : number;
}
