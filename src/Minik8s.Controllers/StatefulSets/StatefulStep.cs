using k8s.Models;

namespace Minik8s.Controllers.StatefulSets;

/// <summary>One thing that a pass does.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Ordinal">To which ordinal.</param>
/// <param name="Pod">The present pod; null when there is none.</param>
/// <param name="Revision">Create: the revision to make it of.</param>
internal sealed record StatefulStep(StatefulAction Action, int Ordinal, V1Pod? Pod, string? Revision = null);
