using Minik8s.Host.Lifetime;

namespace Minik8s.Host.Roles;

/// <summary>A component that is one loop over the API.</summary>
internal sealed class ComponentRole(string name, Func<CancellationToken, Task> run) : IRole
{
    public string Name => name;

    public Task<Task> StartAsync(CancellationToken stopping) => Task.FromResult(run(stopping));
}
