using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.ApiServer.Watch;
using Minik8s.Store;
using Minik8s.Store.Embedded;

namespace Minik8s.ApiServer.Tests.Watch;

/// <summary>The cache over a real store: what lists and watchers see of its changes.</summary>
public sealed class ResourceCacheTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mk8s-cache-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private EmbeddedStore _store = null!;
    private ResourceCache _cache = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        _store = await EmbeddedStore.OpenAsync(new EmbeddedStoreOptions { Path = Path.Combine(_directory, "store.db") }, NullLoggerFactory.Instance, default);
        _cache = new ResourceCache(BuiltInResources.All.Single(r => r.Kind is { Group: "", Kind: "Pod" }), _store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        _running = _cache.RunAsync(_stop.Token);
        await _cache.Synced;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _store.DisposeAsync();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task List_is_ordered_by_key_and_limited_to_the_namespace()
    {
        foreach (var (ns, name) in new[] { ("b", "z"), ("a", "y"), ("b", "a"), ("ab", "x"), ("a", "c") }) await Put(ns, name);
        Assert.Equal(["a/c", "a/y", "ab/x", "b/a", "b/z"], Names(Select()));
        Assert.Equal(["a/c", "a/y"], Names(Select("a")));
        Assert.Equal(["ab/x"], Names(Select("ab")));
        Assert.Empty(Names(Select("absent")));
        await Delete("a", "c");
        Assert.Equal(["a/y"], Names(Select("a")));
    }

    [Fact]
    public async Task A_watcher_sees_objects_enter_and_leave_its_selection_in_their_last_matching_state()
    {
        using var watcher = _cache.Watch(Select(labels: "tier=front"), null);
        await Put("a", "p", """{"tier":"back"}""");
        var entered = await Put("a", "p", """{"tier":"front"}""");
        await Put("a", "p", """{"tier":"front","more":"1"}""");
        var left = await Put("a", "p", """{"tier":"back","round":"2"}""");
        await Put("a", "p", """{"tier":"back","round":"3"}""");
        Assert.Equal($"Added {entered}", await Next(watcher));
        Assert.StartsWith("Modified", await Next(watcher));
        var (seen, obj) = await NextObject(watcher);
        Assert.Equal(CacheEventType.Deleted, seen.SeenAs);
        Assert.Equal("front", obj["metadata"]!["labels"]!["tier"]!.GetValue<string>());
        Assert.Equal($"{left}", obj["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.False(watcher.TryTake(out _));
    }

    [Fact]
    public async Task A_deletion_carries_its_own_revision_and_the_last_state()
    {
        await Put("a", "p", """{"n":"1"}""");
        using var watcher = _cache.Watch(Select(), _cache.Revision);
        var revision = await Delete("a", "p");
        var (seen, obj) = await NextObject(watcher);
        Assert.Equal(CacheEventType.Deleted, seen.SeenAs);
        Assert.Equal($"{revision}", obj["metadata"]!["resourceVersion"]!.GetValue<string>());
        Assert.Equal("1", obj["metadata"]!["labels"]!["n"]!.GetValue<string>());
    }

    [Fact]
    public async Task Watchers_of_one_field_value_are_told_of_arrivals_and_departures_there_only()
    {
        using var first = _cache.Watch(Select(fields: "spec.nodeName=n1"), null);
        using var second = _cache.Watch(Select(fields: "spec.nodeName=n2,status.phase!=Failed"), null);
        using var named = _cache.Watch(Select(fields: "metadata.name=p"), null);
        using var all = _cache.Watch(Select(), null);
        await Put("a", "p", node: "n1");
        await Put("a", "other", node: "n3");
        await Put("a", "p", node: "n2");
        await Delete("a", "p");
        Assert.Equal(["Added", "Deleted"], await Kinds(first, 2));
        Assert.Equal(["Added", "Deleted"], await Kinds(second, 2));
        Assert.Equal(["Added", "Modified", "Deleted"], await Kinds(named, 3));
        Assert.Equal(["Added", "Added", "Modified", "Deleted"], await Kinds(all, 4));
        first.Dispose();
        await Put("a", "late", node: "n1");
        Assert.Equal(["Added"], await Kinds(all, 1));
        Assert.False(await first.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_watch_resumes_after_any_revision_that_is_remembered_and_expires_before()
    {
        var first = await Put("a", "p0");
        for (var i = 1; i < 5; i++) await Put("a", $"p{i}");
        using (var watcher = _cache.Watch(Select(), first)) Assert.Equal(["p1", "p2", "p3", "p4"], await Take(watcher, 4));
        for (var i = 0; i < 2100; i++) await Put("a", "busy", $$"""{"n":"{{i}}"}""");
        var expired = Assert.Throws<StatusException>(() => _cache.Watch(Select(), first));
        Assert.Equal(410, expired.Code);
    }

    [Fact]
    public async Task A_watch_resumes_on_a_cache_that_was_made_later()
    {
        var first = await Put("a", "p0");
        await Put("a", "p1");
        await Put("a", "p2");
        await Delete("a", "p1");
        var later = new ResourceCache(_cache.Resource, _store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        using var stop = new CancellationTokenSource();
        var running = later.RunAsync(stop.Token);
        await later.Synced;
        Assert.Equal(["a/p0", "a/p2"], later.List(Select()).Items.Select(o => $"{o.Namespace}/{o.Name}"));
        using (var watcher = later.Watch(Select(), first)) Assert.Equal(["p1", "p2", "p1"], await Take(watcher, 3));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Watchers_list_again_when_the_cache_itself_has_missed_something()
    {
        await Put("a", "stays");
        await Put("a", "goes");
        await using var store = new BreakableStore(_store);
        var cache = new ResourceCache(_cache.Resource, store, TimeProvider.System, NullLogger<ResourceCache>.Instance);
        using var stop = new CancellationTokenSource();
        var running = cache.RunAsync(stop.Token);
        await cache.Synced;
        var seen = cache.Revision;
        using var watcher = cache.Watch(Select(), seen);
        store.Break();
        await Delete("a", "goes");
        var late = await Put("a", "comes");
        store.Mend();
        await cache.WaitForAsync(late, default);
        Assert.Equal(["a/comes", "a/stays"], cache.List(Select()).Items.Select(o => $"{o.Namespace}/{o.Name}"));
        Assert.False(await watcher.WaitAsync(TestContext.Current.CancellationToken));
        Assert.Throws<StatusException>(() => cache.Watch(Select(), seen));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_ended_and_the_others_go_on()
    {
        using var slow = _cache.Watch(Select(), _cache.Revision);
        using var quick = _cache.Watch(Select(fields: "metadata.name=last"), _cache.Revision);
        for (var i = 0; i < 4200; i++) await Put("a", "busy", $$"""{"n":"{{i}}"}""");
        await Put("a", "last");
        Assert.Equal(["last"], await Take(quick, 1));
        Assert.True(slow.Ended);
        Assert.False(quick.Ended);
        var events = 0;
        while (slow.TryTake(out _)) events++;
        // What was queued before the cut can still be read, without a gap.
        Assert.Equal(4096, events);
        Assert.False(await slow.WaitAsync(TestContext.Current.CancellationToken));
    }

    private ObjectSelector Select(string ns = "", string labels = "", string fields = "") => new(_cache.Resource, ns, labels, fields);

    private string[] Names(ObjectSelector selector) => [.. _cache.List(selector).Items.Select(o => $"{o.Namespace}/{o.Name}")];

    private async Task<long> Put(string ns, string name, string labels = "{}", string node = "")
    {
        // The spec stands before the metadata: clients may send fields in any order.
        var json = $$$"""{"apiVersion":"v1","kind":"Pod","spec":{"nodeName":"{{{node}}}","resourceVersion":"no"},"metadata":{"name":"{{{name}}}","namespace":"{{{ns}}}","labels":{{{labels}}}}}""";
        var result = await _store.WriteAsync(new WriteRequest($"{_cache.Prefix}{ns}/{name}", Encoding.UTF8.GetBytes(json), null), default);
        await _cache.WaitForAsync(result.Revision, default);
        return result.Revision;
    }

    private async Task<long> Delete(string ns, string name)
    {
        var result = await _store.WriteAsync(new WriteRequest($"{_cache.Prefix}{ns}/{name}", null, null), default);
        await _cache.WaitForAsync(result.Revision, default);
        return result.Revision;
    }

    private static async Task<(WatchedEvent Event, JsonNode Object)> NextObject(Watcher watcher)
    {
        WatchedEvent? next;
        while (!watcher.TryTake(out next) || next is null) Assert.True(await watcher.WaitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(30)).Token));
        return (next, JsonNode.Parse(next.Event.Seen(next.SeenAs).Json)!);
    }

    private static async Task<string> Next(Watcher watcher)
    {
        var (seen, obj) = await NextObject(watcher);
        return $"{seen.SeenAs} {obj["metadata"]!["resourceVersion"]}";
    }

    private static async Task<string[]> Kinds(Watcher watcher, int count)
    {
        var kinds = new List<string>();
        while (kinds.Count < count) kinds.Add((await NextObject(watcher)).Event.SeenAs.ToString());
        Assert.False(watcher.TryTake(out _));
        return [.. kinds];
    }

    private static async Task<string[]> Take(Watcher watcher, int count)
    {
        var names = new List<string>();
        while (names.Count < count) names.Add((await NextObject(watcher)).Object["metadata"]!["name"]!.GetValue<string>());
        return [.. names];
    }
}
