using k8s;
using k8s.Models;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>A collection of the API server.</summary>
public sealed class ResourceListWatch<T>(ResourceClient<T> client) : IListWatch<T>
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    public Task<ResourceList<T>> ListAsync(ListOptions options, CancellationToken cancellationToken) => client.ListAsync(options, cancellationToken);

    public IAsyncEnumerable<WatchEvent<T>> WatchAsync(ListOptions options, CancellationToken cancellationToken) => client.WatchAsync(options, cancellationToken);
}
