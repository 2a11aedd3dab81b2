using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Api.Identity;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Discovery;
using Minik8s.ApiServer.Registry;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;
using Minik8s.Store.Embedded;

namespace Minik8s.ApiServer.Tests.Registry;

/// <summary>A catalogue whose resources come and go, with discovery over it.</summary>
public sealed class RegistryCatalogTests : IAsyncLifetime
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("minik8s-catalog-");
    private readonly CacheRunner _runner = new(TimeProvider.System);
    private EmbeddedStore _store = null!;
    private RegistryCatalog _catalog = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(_directory.FullName, "store.db") }, NullLoggerFactory.Instance, default);
        _catalog = new RegistryCatalog([Registry(BuiltInResources.All.Single(r => r.Kind.Kind == "ConfigMap"))]);
    }

    public async ValueTask DisposeAsync()
    {
        await _runner.StopAsync();
        _runner.Dispose();
        await _store.DisposeAsync();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Groups_and_versions_come_in_kubernetes_order()
    {
        _catalog.Change([], [Registry(Custom("v1beta1")), Registry(Custom("v2")), Registry(Custom("v1")), Registry(BuiltInResources.All.Single(r => r.Kind.Group == "discovery.k8s.io"))]);
        var groups = await DiscoverAsync("/apis");
        Assert.Equal(["discovery.k8s.io", "example.com"], groups["groups"]!.AsArray().Select(g => (string)g!["name"]!));
        var custom = groups["groups"]![1]!;
        Assert.Equal(["v2", "v1", "v1beta1"], custom["versions"]!.AsArray().Select(v => (string)v!["version"]!));
        Assert.Equal("example.com/v2", (string)custom["preferredVersion"]!["groupVersion"]!);
        var aggregated = await DiscoverAsync("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        Assert.Equal(["v2", "v1", "v1beta1"], aggregated["items"]![1]!["versions"]!.AsArray().Select(v => (string)v!["version"]!));
    }

    [Fact]
    public async Task Aggregated_discovery_has_a_tag_that_follows_its_content()
    {
        var registry = Registry(Custom("v1"));
        var before = await TagAsync(null);
        _catalog.Change([], [registry]);
        var with = await TagAsync(before);
        Assert.NotEqual(before, with);
        Assert.Null(await TagAsync(with));
        _catalog.Change([registry], []);
        Assert.Equal(before, await TagAsync(with));
    }

    [Fact]
    public void A_change_gives_another_list_of_resources()
    {
        var registry = Registry(Custom("v1"));
        var before = _catalog.Resources;
        Assert.Same(before, _catalog.Resources);
        _catalog.Change([], [registry]);
        Assert.NotSame(before, _catalog.Resources);
        Assert.Same(registry, _catalog.Find("example.com", "v1", "things"));
        Assert.Throws<InvalidOperationException>(() => _catalog.Change([], [Registry(Custom("v1"))]));
        _catalog.Change([registry], []);
        Assert.Null(_catalog.Find("example.com", "v1", "things"));
        Assert.Null(_catalog.Group("example.com"));
    }

    [Fact]
    public async Task Watches_on_a_resource_that_vanishes_end()
    {
        var cache = new ResourceCache(Custom("v1"), _store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        _runner.Start(cache);
        await cache.Synced;
        using var before = cache.Watch(new ObjectSelector(cache.Resource, "", "", ""), null);
        _runner.Retire(cache);
        Assert.False(await before.WaitAsync(TestContext.Current.CancellationToken));
        using var after = cache.Watch(new ObjectSelector(cache.Resource, "", "", ""), null);
        Assert.False(await after.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_event_is_converted_once_for_all_watchers_of_a_version()
    {
        var served = BuiltInResources.All.Single(r => r.Kind.Group == "events.k8s.io");
        var cache = new ResourceCache(served.Stored, _store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        var registry = new ResourceRegistry(served, cache, _store, new AdmissionChain([], []), TimeProvider.System);
        await _store.WriteAsync(new WriteRequest("/registry/events/a/b", """{"kind":"Event","apiVersion":"v1","metadata":{"name":"b","namespace":"a"},"message":"m"}"""u8.ToArray(), 0, null), default);
        _runner.Start(cache);
        await cache.Synced;
        using var watcher = cache.Watch(new ObjectSelector(served, "", "", ""), null);
        Assert.True(watcher.TryTake(out var seen));
        var json = registry.Present(seen!.Event).Current.Json;
        Assert.Same(json, registry.Present(seen.Event).Current.Json);
        var text = System.Text.Encoding.UTF8.GetString(json);
        Assert.Contains("\"note\":\"m\"", text);
        Assert.Contains("\"apiVersion\":\"events.k8s.io/v1\"", text);
        Assert.Contains("\"message\":\"m\"", System.Text.Encoding.UTF8.GetString(seen.Event.Current.Json));
    }

    private static ResourceDefinition Custom(string version) => BuiltInResources.All.Single(r => r.Kind.Kind == "ConfigMap") with
    {
        Kind = new GroupVersionKind("example.com", version, "Thing"),
        Plural = "things",
        Singular = "thing",
        ShortNames = [],
    };

    private ResourceRegistry Registry(ResourceDefinition resource) =>
        new(resource, new ResourceCache(resource, _store, TimeProvider.System, NullLogger<ResourceCache>.Instance), _store, new AdmissionChain([], []), TimeProvider.System);

    private async Task<JsonObject> DiscoverAsync(string path, string accept = "application/json")
    {
        var (context, body) = Request(path, accept);
        Assert.True(await Handler().TryHandleAsync(context, path));
        return JsonNode.Parse(body.ToArray())!.AsObject();
    }

    private async Task<string?> TagAsync(string? known)
    {
        var (context, _) = Request("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
        if (known is not null) context.Request.Headers.IfNoneMatch = known;
        Assert.True(await Handler().TryHandleAsync(context, "/apis"));
        return context.Response.StatusCode == 304 ? null : context.Response.Headers.ETag.ToString();
    }

    private DiscoveryHandler Handler() => new(_catalog, null!);

    private static (DefaultHttpContext Context, MemoryStream Body) Request(string path, string accept)
    {
        var context = new DefaultHttpContext();
        var body = new MemoryStream();
        context.Request.Method = "GET";
        context.Request.Path = path;
        context.Request.Headers.Accept = accept;
        context.Response.Body = body;
        return (context, body);
    }
}
