using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>Where an informer gets its objects.</summary>
public interface IListWatch<T>
    where T : class
{
    /// <summary>One page of the collection.</summary>
    Task<ResourceList<T>> ListAsync(ListOptions options, CancellationToken cancellationToken);

    /// <summary>The changes after a version; the enumeration ends when the server ends the watch.</summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync(ListOptions options, CancellationToken cancellationToken);
}
