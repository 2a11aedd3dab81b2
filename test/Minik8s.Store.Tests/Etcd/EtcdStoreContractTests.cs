using System.Diagnostics;
using Minik8s.Store.Etcd;

namespace Minik8s.Store.Tests.Etcd;

/// <summary>The contract on a real etcd.</summary>
public sealed class EtcdStoreContractTests(EtcdFixture etcd) : StoreContractTests, IClassFixture<EtcdFixture>
{
    private EtcdStoreOptions? _options;

    protected override int WatcherBufferEvents => 500;

    protected override Task<IStore> CreateAsync()
    {
        _options = etcd.Fresh() with { WatcherBufferEvents = WatcherBufferEvents };
        return OpenAgainAsync();
    }

    protected override async Task<IStore> OpenAgainAsync() => await EtcdStore.OpenAsync(_options!, null, default);

    /// <summary>etcd has a clock of its own, which nobody can move.</summary>
    protected override async Task LetTimePassAsync(TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        await Eventually.True(() => Task.FromResult(watch.Elapsed >= time), "the time has passed");
    }
}
