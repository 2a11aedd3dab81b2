using Minik8s.Store.Etcd;
using Minik8s.Testing.Etcd;

namespace Minik8s.Store.Tests.Etcd;

/// <summary>One etcd member for all tests of a class; each test has a prefix of its own.</summary>
public sealed class EtcdFixture : IAsyncLifetime
{
    private EtcdCluster? _cluster;
    private int _prefixes;

    public EtcdCluster Cluster => _cluster ?? throw new InvalidOperationException("etcd has not been started");

    public async ValueTask InitializeAsync() => _cluster = await EtcdCluster.StartAsync(1, null, "--max-request-bytes", "33554432");

    public ValueTask DisposeAsync() => _cluster?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>Options of a store that nobody has written to.</summary>
    public EtcdStoreOptions Fresh() => new() { Endpoints = Cluster.Endpoints, KeyPrefix = $"/{Interlocked.Increment(ref _prefixes)}" };
}
