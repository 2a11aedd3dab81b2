using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Quota;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;
using Minik8s.Store.Embedded;

namespace Minik8s.ApiServer.Tests.Quota;

/// <summary>What is on its way into the store is counted before it is there, and counted back when it does not come.</summary>
public sealed class QuotaCounterTests : IAsyncLifetime
{
    private static readonly ResourceDefinition Maps = BuiltInResources.All.Single(r => r.Kind is { Group: "", Kind: "ConfigMap" });
    private static readonly JsonObject Quota = JsonNode.Parse("""{"spec":{"hard":{"count/configmaps":"5"}}}""")!.AsObject();

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("minik8s-quota-");
    private readonly CacheRunner _runner = new(TimeProvider.System);
    private readonly List<string> _miscounted = [];
    private EmbeddedStore _store = null!;
    private QuotaCounter _counter = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(_directory.FullName, "store.db") }, NullLoggerFactory.Instance, default);
        var cache = new ResourceCache(Maps, _store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        _runner.Start(cache);
        await cache.Synced;
        _counter = new QuotaCounter(new RegistryCatalog([new ResourceRegistry(Maps, cache, _store, new AdmissionChain([], []), TimeProvider.System)]), TimeProvider.System);
        _counter.Miscounted += _miscounted.Add;
    }

    public async ValueTask DisposeAsync()
    {
        await _runner.StopAsync();
        _runner.Dispose();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task What_was_counted_and_is_refused_is_told()
    {
        _counter.Charged("k", "a", Maps, []);
        Assert.Equal("1", await UsedAsync());
        _counter.Withdrawn("k");
        Assert.Equal(["a"], _miscounted);
        Assert.Equal("0", await UsedAsync());
    }

    [Fact]
    public async Task What_nobody_has_counted_or_what_has_come_is_not_told()
    {
        _counter.Charged("refused at once", "a", Maps, []);
        _counter.Withdrawn("refused at once");
        _counter.Charged("stored", "a", Maps, []);
        Assert.Equal("1", await UsedAsync());
        _counter.Settled("stored");
        _counter.Withdrawn("stored");
        Assert.Empty(_miscounted);
    }

    private async Task<string> UsedAsync() => (await _counter.CountAsync(Quota, "a", default))["count/configmaps"].ToString();
}
