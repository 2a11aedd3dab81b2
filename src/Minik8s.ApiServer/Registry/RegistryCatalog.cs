using Minik8s.Api.Identity;
using Minik8s.Api.Resources;

namespace Minik8s.ApiServer.Registry;

/// <summary>
/// All resources that the server serves. They may be added, replaced and removed while it runs: readers see one whole state or the next, never a mixture.
/// </summary>
public sealed class RegistryCatalog
{
    private readonly Lock _gate = new();
    private readonly IReadOnlyList<ResourceDefinition> _computed;
    private volatile State _state;

    /// <param name="registries">What is stored.</param>
    /// <param name="computed">What is answered without being stored; discovery and OpenAPI tell of it too.</param>
    public RegistryCatalog(IReadOnlyList<ResourceRegistry> registries, params IReadOnlyList<ResourceDefinition> computed)
    {
        _computed = computed;
        _state = new State(registries, computed);
    }

    /// <summary>Raised after resources have been put there or taken away, by whoever did it.</summary>
    public event Action? Changed;

    public IReadOnlyList<ResourceRegistry> All => _state.All;

    /// <summary>The definitions of all resources; another list when anything has changed.</summary>
    public IReadOnlyList<ResourceDefinition> Resources => _state.Resources;

    /// <summary>The groups in the order in which discovery lists them.</summary>
    public IReadOnlyList<ServedGroup> Groups => _state.Groups;

    public ResourceRegistry? Find(string group, string version, string plural) => _state.ByPath.GetValueOrDefault((group, version, plural));

    /// <summary>The registry of a built-in resource in the version in which it is stored.</summary>
    public ResourceRegistry Get(GroupResource resource) => _state.All.First(r => r.Resource.GroupResource == resource && r.Resource.StoredAs is null);

    public ServedGroup? Group(string name) => _state.Groups.FirstOrDefault(g => g.Name == name);

    /// <summary>Takes some resources away and puts others there, in one step.</summary>
    /// <exception cref="InvalidOperationException">Two resources would have the same path.</exception>
    public void Change(IReadOnlyCollection<ResourceRegistry> removed, IReadOnlyCollection<ResourceRegistry> added)
    {
        lock (_gate) _state = new State([.. _state.All.Except(removed), .. added], _computed);
        Changed?.Invoke();
    }

    private sealed class State
    {
        public State(IReadOnlyList<ResourceRegistry> registries, IReadOnlyList<ResourceDefinition> computed)
        {
            All = registries;
            Resources = [.. registries.Select(r => r.Resource), .. computed];
            foreach (var registry in registries)
            {
                var resource = registry.Resource;
                if (!ByPath.TryAdd((resource.Kind.Group, resource.Kind.Version, resource.Plural), registry)) throw new InvalidOperationException($"{resource.Plural} of {resource.Kind.ApiVersion} is served twice");
            }

            foreach (var versions in registries.GroupBy(r => r.Resource.Stored.GroupResource))
            {
                ResourceDefinition[] together = [.. versions.Select(r => r.Resource)];
                foreach (var registry in versions) registry.ServeWith(together);
            }

            Groups =
            [
                .. Resources.GroupBy(r => r.Kind.Group)
                    .OrderByDescending(g => GroupPriority.Of(g.Key)).ThenBy(g => g.Key, StringComparer.Ordinal)
                    .Select(g => new ServedGroup(g.Key,
                    [
                        .. g.GroupBy(r => r.Kind.Version).OrderBy(v => v.Key, VersionOrder.Instance)
                            .Select(v => new ServedVersion(g.Key, v.Key, [.. v.OrderBy(r => r.Plural, StringComparer.Ordinal)])),
                    ])),
            ];
        }

        public IReadOnlyList<ResourceRegistry> All { get; }

        public IReadOnlyList<ResourceDefinition> Resources { get; }

        public IReadOnlyList<ServedGroup> Groups { get; }

        public Dictionary<(string Group, string Version, string Plural), ResourceRegistry> ByPath { get; } = [];
    }
}
