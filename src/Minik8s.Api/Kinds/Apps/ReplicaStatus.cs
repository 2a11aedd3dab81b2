using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>The status that ReplicaSets and ReplicationControllers share.</summary>
internal static class ReplicaStatus
{
    public static void Validate(JsonObject? status, ICollection<FieldError> errors)
    {
        errors.NonNegative(status, "status", "replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "terminatingReplicas", "observedGeneration");
        foreach (var field in new[] { "fullyLabeledReplicas", "readyReplicas", "availableReplicas" })
        {
            errors.NotGreater(status, "status", field, "replicas", "cannot be greater than status.replicas");
        }

        errors.NotGreater(status, "status", "availableReplicas", "readyReplicas", "cannot be greater than readyReplicas");
    }
}
