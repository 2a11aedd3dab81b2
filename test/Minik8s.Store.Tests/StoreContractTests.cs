using System.Text;

namespace Minik8s.Store.Tests;

/// <summary>What every engine must do. An engine's tests derive from it.</summary>
public abstract class StoreContractTests : IAsyncLifetime
{
    protected IStore Store { get; private set; } = null!;

    private static CancellationToken Limit => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => Store = await CreateAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Create_is_refused_when_the_key_exists()
    {
        var first = await Put("/a/x", "1", 0);
        var second = await Put("/a/x", "2", 0);
        Assert.True(first.Succeeded);
        Assert.False(second.Succeeded);
        Assert.Equal("1", Text(second.Current!.Value));
        Assert.Equal(first.Revision, second.Current.ModRevision);
    }

    [Fact]
    public async Task Update_needs_the_modification_revision()
    {
        var created = await Put("/a/x", "1", 0);
        var updated = await Put("/a/x", "2", created.Revision);
        Assert.True(updated.Succeeded);
        Assert.Equal(created.Revision + 1, updated.Revision);
        Assert.False((await Put("/a/x", "3", created.Revision)).Succeeded);
        var read = await Get("/a/x");
        Assert.Equal(("2", created.Revision, updated.Revision, 2L), (Text(read!.Value), read.CreateRevision, read.ModRevision, read.Version));
    }

    [Fact]
    public async Task Delete_removes_and_a_new_life_starts_at_version_one()
    {
        var created = await Put("/a/x", "1", 0);
        Assert.False((await Delete("/a/x", created.Revision + 7)).Succeeded);
        var deleted = await Delete("/a/x", created.Revision);
        Assert.True(deleted.Succeeded);
        Assert.Equal("1", Text(deleted.Current!.Value));
        Assert.Null(await Get("/a/x"));
        var revision = await Store.CurrentRevisionAsync(Limit);
        Assert.True((await Delete("/a/x", null)).Succeeded);
        Assert.Equal(revision, await Store.CurrentRevisionAsync(Limit));
        await Put("/a/x", "2", 0);
        Assert.Equal(1, (await Get("/a/x"))!.Version);
    }

    [Fact]
    public async Task Ranges_are_ordered_bounded_and_counted()
    {
        foreach (var key in new[] { "/b/3", "/a/z", "/b/1", "/b/20", "/b/2", "/c/1", "/b/ü" }) await Put(key, key, 0);
        var all = await Store.RangeAsync(RangeQuery.Prefix("/b/"), Limit);
        Assert.Equal(["/b/1", "/b/2", "/b/20", "/b/3", "/b/ü"], all.Items.Select(i => i.Key));
        Assert.False(all.More);
        var page = await Store.RangeAsync(RangeQuery.Prefix("/b/", limit: 2), Limit);
        Assert.Equal(["/b/1", "/b/2"], page.Items.Select(i => i.Key));
        Assert.True(page.More);
        Assert.Equal(5, page.Count);
        Assert.Equal(5, (await Store.RangeAsync(RangeQuery.Prefix("/b/") with { CountOnly = true }, Limit)).Count);
    }

    [Fact]
    public async Task Reads_in_the_past_show_the_state_of_then()
    {
        var one = await Put("/a/x", "1", 0);
        var two = await Put("/a/y", "1", 0);
        await Put("/a/x", "2", one.Revision);
        await Delete("/a/y", two.Revision);
        await Put("/a/z", "1", 0);
        await Put("/a/y", "again", 0);
        Assert.Equal(["/a/x=1"], await At(one.Revision));
        Assert.Equal(["/a/x=1", "/a/y=1"], await At(two.Revision));
        Assert.Equal(["/a/x=2", "/a/y=1"], await At(two.Revision + 1));
        Assert.Equal(["/a/x=2"], await At(two.Revision + 2));
        Assert.Equal(["/a/x=2", "/a/z=1"], await At(two.Revision + 3));
        Assert.Equal(["/a/x=2", "/a/y=again", "/a/z=1"], await At(0));
        await Assert.ThrowsAsync<RevisionInFutureException>(() => At(two.Revision + 100));
    }

    [Fact]
    public async Task A_watch_replays_the_past_and_goes_on_live_without_gap_or_repetition()
    {
        var first = await Put("/a/0", "0", 0);
        for (var i = 1; i < 1200; i++) await Put($"/a/{i}", "v", 0);
        await using var watch = await Store.WatchAsync("/a/", KeyRange.PrefixEnd("/a/"), first.Revision, Limit);
        for (var i = 1200; i < 1300; i++) await Put($"/a/{i}", "v", 0);
        var seen = await Take(watch, 1299);
        Assert.Equal(Enumerable.Range(1, 1299).Select(i => $"/a/{i}"), seen.Select(e => e.Key));
        Assert.Equal(Enumerable.Range(1, 1299).Select(i => first.Revision + i), seen.Select(e => e.Revision));
    }

    [Fact]
    public async Task Events_carry_value_and_previous_value_live_and_replayed()
    {
        var start = await Store.CurrentRevisionAsync(Limit);
        await using var live = await Store.WatchAsync("/a/", KeyRange.PrefixEnd("/a/"), start, Limit);
        var created = await Put("/a/x", "1", 0);
        await Put("/b/other", "1", 0);
        await Put("/a/x", "2", created.Revision);
        await Delete("/a/x", null);
        await using var replay = await Store.WatchAsync("/a/", KeyRange.PrefixEnd("/a/"), start, Limit);
        foreach (var events in new[] { await Take(live, 3), await Take(replay, 3) })
        {
            Assert.True(events[0].IsCreate);
            Assert.Null(events[0].PreviousValue);
            Assert.Equal(("2", "1"), (Text(events[1].Value), Text(events[1].PreviousValue!.Value)));
            Assert.Equal((StoreEventType.Delete, "2", created.Revision), (events[2].Type, Text(events[2].Value), events[2].CreateRevision));
        }
    }

    [Fact]
    public async Task Progress_is_at_least_the_current_revision()
    {
        await using var watch = await Store.WatchAsync("/quiet/", KeyRange.PrefixEnd("/quiet/"), await Store.CurrentRevisionAsync(Limit), Limit);
        var written = await Put("/a/x", "1", 0);
        await watch.RequestProgressAsync(Limit);
        await foreach (var batch in watch.ReadAllAsync(Limit))
        {
            Assert.Empty(batch.Events);
            Assert.True(batch.Revision >= written.Revision);
            break;
        }
    }

    [Fact]
    public async Task Compaction_refuses_the_past_and_keeps_the_present()
    {
        var one = await Put("/a/x", "1", 0);
        var two = await Put("/a/x", "2", one.Revision);
        var gone = await Put("/a/y", "1", 0);
        await Delete("/a/y", gone.Revision);
        var last = await Put("/a/z", "1", 0);
        await Store.CompactAsync(last.Revision, Limit);
        await Assert.ThrowsAsync<RevisionCompactedException>(() => At(two.Revision));
        await Assert.ThrowsAsync<RevisionCompactedException>(async () =>
        {
            await using var watch = await Store.WatchAsync("/a/", KeyRange.PrefixEnd("/a/"), one.Revision, Limit);
            await Take(watch, 1);
        });
        Assert.Equal(["/a/x=2", "/a/z=1"], await At(0));
        Assert.Equal(["/a/x=2", "/a/z=1"], await At(last.Revision));
        Assert.Equal(last.Revision + 1, (await Put("/a/n", "1", 0)).Revision);
    }

    [Fact]
    public async Task Concurrent_writers_get_dense_unique_revisions()
    {
        var before = await Store.CurrentRevisionAsync(Limit);
        var revisions = await Task.WhenAll(Enumerable.Range(0, 16).Select(w => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < 50; i++) mine.Add((await Put($"/w/{w}/{i}", "v", 0)).Revision);
            return mine;
        })));
        Assert.Equal(Enumerable.Range(1, 800).Select(i => before + i), revisions.SelectMany(r => r).Order());
    }

    [Fact]
    public async Task Of_racing_updates_with_one_expectation_exactly_one_wins()
    {
        var created = await Put("/a/x", "0", 0);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Put("/a/x", $"{i}", created.Revision)));
        Assert.Single(results, r => r.Succeeded);
    }

    protected abstract Task<IStore> CreateAsync();

    protected static string Text(ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);

    protected Task<WriteResult> Put(string key, string value, long? expected, TimeSpan? life = null) =>
        Store.WriteAsync(new WriteRequest(key, Encoding.UTF8.GetBytes(value), expected, life), Limit).AsTask();

    protected Task<WriteResult> Delete(string key, long? expected) => Store.WriteAsync(new WriteRequest(key, null, expected), Limit).AsTask();

    protected async Task<KeyValue?> Get(string key) => (await Store.RangeAsync(new RangeQuery(key), Limit)).Items.SingleOrDefault();

    protected static async Task<List<StoreEvent>> Take(IStoreWatch watch, int count)
    {
        var events = new List<StoreEvent>();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Limit);
        limit.CancelAfter(TimeSpan.FromSeconds(60));
        await foreach (var batch in watch.ReadAllAsync(limit.Token))
        {
            events.AddRange(batch.Events);
            if (events.Count >= count) break;
        }

        return events;
    }

    private async Task<string[]> At(long revision) =>
        [.. (await Store.RangeAsync(RangeQuery.Prefix("/a/", revision), Limit)).Items.Select(i => $"{i.Key}={Text(i.Value)}")];
}
