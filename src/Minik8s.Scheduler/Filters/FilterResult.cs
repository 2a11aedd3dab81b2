using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Filters;

/// <param name="Feasible">The nodes that can take the pod.</param>
/// <param name="Message">Why there is none.</param>
/// <param name="WakeUps">What could change that.</param>
internal sealed record FilterResult(IReadOnlyList<NodeInfo> Feasible, string Message, WakeUps WakeUps);
