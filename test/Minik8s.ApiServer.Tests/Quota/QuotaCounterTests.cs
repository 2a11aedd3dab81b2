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
    public async Task A_count_has_what_its_version_of_the_quota_was_charged_for()
    {
        Charging("k");
        _counter.Charged("k", "q", 7);
        Assert.Equal("0", await UsedAsync(6));
        Assert.Equal("1", await UsedAsync(7));
        _counter.Settled("k");
        Assert.Equal("0", await UsedAsync(7));
    }

    [Fact]
    public async Task A_count_waits_for_a_charge_that_is_being_written()
    {
        Charging("k");
        var (before, after, withdrawn) = (UsedAsync(6), UsedAsync(7), UsedAsync(7, "other"));
        Assert.Equal("0", await withdrawn);
        Assert.False(before.IsCompleted || after.IsCompleted);
        _counter.Charged("k", "q", 7);
        Assert.Equal(("0", "1"), (await before, await after));

        Charging("refused");
        var waiting = UsedAsync(7);
        _counter.Withdrawn("refused");
        Assert.Equal("1", await waiting);
    }

    [Fact]
    public async Task What_was_charged_and_is_refused_is_told()
    {
        Charging("k");
        _counter.Charged("k", "q", 7);
        _counter.Withdrawn("k");
        Assert.Equal(["a"], _miscounted);
        Assert.Equal("0", await UsedAsync(7));
    }

    [Fact]
    public void What_was_not_charged_or_what_has_come_is_not_told()
    {
        Charging("refused at once");
        _counter.Withdrawn("refused at once");
        Charging("stored");
        _counter.Charged("stored", "q", 7);
        _counter.Settled("stored");
        _counter.Withdrawn("stored");
        Assert.Empty(_miscounted);
    }

    private void Charging(string key) => _counter.Charging(key, "a", Maps, [], "q");

    private async Task<string> UsedAsync(long version, string quota = "q")
    {
        var json = $$$"""{"metadata":{"name":"{{{quota}}}","resourceVersion":"{{{version}}}"},"spec":{"hard":{"count/configmaps":"5"} } }""";
        return (await _counter.CountAsync(JsonNode.Parse(json)!.AsObject(), "a", default))["count/configmaps"].ToString();
    }
}
