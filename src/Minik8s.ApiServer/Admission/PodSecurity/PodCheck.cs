namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>One rule of the Pod Security Standards.</summary>
/// <param name="Id">Its name upstream, by which rules are ordered.</param>
/// <param name="Level">The first level that demands it.</param>
/// <param name="Since">The minor version that brought it.</param>
/// <param name="Run">Looks at a pod as of a minor version; null when it keeps to the rule.</param>
/// <param name="Replaces">The rule of a lower level that it makes superfluous.</param>
internal sealed record PodCheck(string Id, SecurityLevel Level, int Since, Func<PodView, int, Violation?> Run, string? Replaces = null);
