using Minik8s.Api.Identity;

namespace Minik8s.ApiServer.Registry;

/// <summary>All resources that the server serves.</summary>
public sealed class RegistryCatalog(IReadOnlyList<ResourceRegistry> registries)
{
    private readonly Dictionary<(string Group, string Version, string Plural), ResourceRegistry> _byPath =
        registries.ToDictionary(r => (r.Resource.Kind.Group, r.Resource.Kind.Version, r.Resource.Plural));

    public IReadOnlyList<ResourceRegistry> All => registries;

    public ResourceRegistry? Find(string group, string version, string plural) => _byPath.GetValueOrDefault((group, version, plural));

    public ResourceRegistry Get(GroupResource resource) => registries.First(r => r.Resource.GroupResource == resource);

    public bool HasGroupVersion(string group, string version) => registries.Any(r => r.Resource.Kind.Group == group && r.Resource.Kind.Version == version);
}
