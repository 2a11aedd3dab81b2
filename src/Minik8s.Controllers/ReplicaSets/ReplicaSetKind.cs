using k8s.Models;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.ReplicaSets;

/// <summary>ReplicaSets.</summary>
internal sealed class ReplicaSetKind : ReplicaKind<V1ReplicaSet>
{
    private const string Failure = "ReplicaFailure";

    public override string ControllerName => "replicaset";

    public override bool CountsTerminating => true;

    public override int Replicas(V1ReplicaSet owner) => owner.Spec.Replicas ?? 1;

    public override int MinReadySeconds(V1ReplicaSet owner) => owner.Spec.MinReadySeconds ?? 0;

    public override ObjectSelector Selector(V1ReplicaSet owner) => ObjectSelector.From(owner.Spec.Selector);

    public override V1PodTemplateSpec? Template(V1ReplicaSet owner) => owner.Spec.Template;

    public override ReplicaCounts Status(V1ReplicaSet owner)
    {
        if (owner.Status is not { } status) return new(0, 0, 0, 0, null, 0, null);
        var failure = status.Conditions?.FirstOrDefault(c => c.Type == Failure);
        return new(
            status.Replicas, status.FullyLabeledReplicas ?? 0, status.ReadyReplicas ?? 0, status.AvailableReplicas ?? 0, status.TerminatingReplicas, status.ObservedGeneration ?? 0,
            failure is null ? null : new ReplicaFailure(failure.Reason, failure.Message, failure.LastTransitionTime));
    }

    public override V1ReplicaSet WithStatus(V1ReplicaSet owner, ReplicaCounts status)
    {
        List<V1ReplicaSetCondition> conditions = [.. (owner.Status?.Conditions ?? []).Where(c => c.Type != Failure)];
        if (status.Failure is { } failure)
        {
            conditions.Add(new V1ReplicaSetCondition { Type = Failure, Status = "True", Reason = failure.Reason, Message = failure.Message, LastTransitionTime = failure.Since });
        }

        return owner with
        {
            Status = new V1ReplicaSetStatus
            {
                Replicas = status.Replicas,
                FullyLabeledReplicas = Count(status.FullyLabeled),
                ReadyReplicas = Count(status.Ready),
                AvailableReplicas = Count(status.Available),
                TerminatingReplicas = status.Terminating,
                ObservedGeneration = status.ObservedGeneration,
                Conditions = conditions.Count == 0 ? null : conditions,
            },
        };
    }

    // Counts of zero are left out, as Kubernetes leaves them out.
    private static int? Count(int number) => number == 0 ? null : number;
}
