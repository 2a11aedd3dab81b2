using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.CustomResources;

/// <summary>A CustomResourceDefinition whose kind is served.</summary>
/// <param name="Form">What of the definition the serving depends on, as text.</param>
/// <param name="Cache">The cache of its objects.</param>
/// <param name="Stored">The registry of the stored version, served or not.</param>
/// <param name="Served">The registries that are in the catalogue.</param>
internal sealed record ServedDefinition(string Form, ResourceCache Cache, ResourceRegistry Stored, IReadOnlyList<ResourceRegistry> Served);
