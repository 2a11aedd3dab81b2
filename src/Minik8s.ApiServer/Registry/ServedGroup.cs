using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Registry;

/// <summary>An API group with its versions, the preferred one first.</summary>
public sealed record ServedGroup(string Name, IReadOnlyList<ServedVersion> Versions);

/// <summary>A version of a group with its resources, in the order of their names.</summary>
public sealed record ServedVersion(string Group, string Version, IReadOnlyList<ResourceDefinition> Resources);
