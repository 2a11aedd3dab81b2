namespace Minik8s.Controllers.ReplicaSets;

/// <summary>The condition <c>ReplicaFailure</c>: pods could not be created or deleted.</summary>
internal sealed record ReplicaFailure(string Reason, string Message, DateTime? Since);
