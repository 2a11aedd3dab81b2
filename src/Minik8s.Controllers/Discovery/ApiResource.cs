using Minik8s.Client;

namespace Minik8s.Controllers.Discovery;

/// <summary>A resource that the server serves in one version.</summary>
/// <param name="Names">Where it lives.</param>
/// <param name="Preferred">Whether this is the version that the server prefers among those of the group that have the resource.</param>
/// <param name="Verbs">What can be done with it.</param>
internal sealed record ApiResource(ResourceNames Names, bool Preferred, IReadOnlySet<string> Verbs);
