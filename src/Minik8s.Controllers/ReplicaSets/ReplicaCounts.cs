namespace Minik8s.Controllers.ReplicaSets;

/// <summary>The status of a kind that keeps a number of pods.</summary>
internal sealed record ReplicaCounts(int Replicas, int FullyLabeled, int Ready, int Available, int? Terminating, long ObservedGeneration, ReplicaFailure? Failure);
