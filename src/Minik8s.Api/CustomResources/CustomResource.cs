using Minik8s.Api.Resources;

namespace Minik8s.Api.CustomResources;

/// <summary>What a CustomResourceDefinition makes.</summary>
/// <param name="Stored">The version in which objects are kept; it need not be served.</param>
/// <param name="Served">The versions that are served; the stored one is the same instance here.</param>
public sealed record CustomResource(ResourceDefinition Stored, IReadOnlyList<ResourceDefinition> Served);
