namespace Minik8s.Store.Tests;

/// <summary>What every engine must do. An engine's tests derive from it.</summary>
public abstract partial class StoreContractTests : IAsyncLifetime
{
    protected IStore Store { get; private set; } = null!;

    /// <summary>The most events that the engine, as the test makes it, keeps for a watcher that does not read.</summary>
    protected abstract int WatcherBufferEvents { get; }

    public async ValueTask InitializeAsync() => Store = await CreateAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task An_empty_store_is_at_a_revision_that_can_be_watched_from()
    {
        var revision = await Store.Revision();
        Assert.True(revision > 0);
        var read = await Store.RangeAsync(RangeQuery.Prefix("/a/"), default);
        Assert.Equal((revision, 0L, false), (read.Revision, read.Count, read.More));
        await using var watch = await Store.Watch("/a/", revision);
        await Store.Put("/a/x", "1", 0);
        Assert.Equal(revision + 1, Assert.Single(await watch.Take(1)).Revision);
    }

    [Fact]
    public async Task Create_is_refused_when_the_key_exists()
    {
        var first = await Store.Put("/a/x", "1", 0);
        var second = await Store.Put("/a/x", "2", 0);
        Assert.True(first.Succeeded);
        Assert.Null(first.Current);
        Assert.False(second.Succeeded);
        Assert.Equal(first.Revision, second.Revision);
        Assert.Equal("1", second.Current!.Value.Text());
        Assert.Equal(first.Revision, second.Current.ModRevision);
    }

    [Fact]
    public async Task Update_needs_the_modification_revision()
    {
        var created = await Store.Put("/a/x", "1", 0);
        var updated = await Store.Put("/a/x", "2", created.Revision);
        Assert.True(updated.Succeeded);
        Assert.Equal(created.Revision + 1, updated.Revision);
        Assert.Equal("1", updated.Current!.Value.Text());
        Assert.False((await Store.Put("/a/x", "3", created.Revision)).Succeeded);
        Assert.False((await Store.Put("/a/absent", "3", created.Revision)).Succeeded);
        var read = await Store.Get("/a/x");
        Assert.Equal(("2", created.Revision, updated.Revision, 2L), (read!.Value.Text(), read.CreateRevision, read.ModRevision, read.Version));
    }

    [Fact]
    public async Task Without_an_expectation_anything_goes()
    {
        Assert.True((await Store.Put("/a/x", "1")).Succeeded);
        Assert.True((await Store.Put("/a/x", "2")).Succeeded);
        Assert.Equal("2", (await Store.Get("/a/x"))!.Value.Text());
    }

    [Fact]
    public async Task Delete_removes_and_a_new_life_starts_at_version_one()
    {
        var created = await Store.Put("/a/x", "1", 0);
        Assert.False((await Store.Delete("/a/x", created.Revision + 7)).Succeeded);
        var deleted = await Store.Delete("/a/x", created.Revision);
        Assert.True(deleted.Succeeded);
        Assert.Equal("1", deleted.Current!.Value.Text());
        Assert.Null(await Store.Get("/a/x"));
        var again = await Store.Put("/a/x", "2", 0);
        var read = await Store.Get("/a/x");
        Assert.Equal((1L, again.Revision), (read!.Version, read.CreateRevision));
    }

    [Fact]
    public async Task Delete_of_an_absent_key_commits_nothing()
    {
        var revision = await Store.Revision();
        var any = await Store.Delete("/a/x");
        Assert.Equal((true, revision), (any.Succeeded, any.Revision));
        Assert.True((await Store.Delete("/a/x", 0)).Succeeded);
        Assert.False((await Store.Delete("/a/x", revision)).Succeeded);
        Assert.Equal(revision, await Store.Revision());
    }

    [Fact]
    public async Task Values_come_back_byte_for_byte()
    {
        var random = new Random(1);
        foreach (var size in new[] { 0, 1, 4000, 4096, 100_000, 3 << 20 })
        {
            var value = new byte[size];
            random.NextBytes(value);
            await Store.WriteAsync(new WriteRequest($"/v/{size}", value, 0), default);
            Assert.True((await Store.Get($"/v/{size}"))!.Value.Span.SequenceEqual(value), $"{size} bytes");
        }
    }

    [Fact]
    public async Task A_key_that_is_no_text_is_refused()
    {
        foreach (var key in new[] { "", "with\0zero", "\ud800alone", new string('k', 5000) }) await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.Put(key, "1"));
        Assert.True((await Store.Put("/a/x", "1", 0)).Succeeded);
    }

    [Fact]
    public async Task Ranges_are_ordered_by_bytes_bounded_and_counted()
    {
        // By UTF-16 units the last two would change places.
        string[] ordered = ["/b/1", "/b/2", "/b/20", "/b/3", "/b/ü", "/b/\uff5e", "/b/\U0001f600"];
        foreach (var key in ordered.Reverse().Concat(["/a/z", "/c/1", "/b"])) await Store.Put(key, key, 0);
        var all = await Store.RangeAsync(RangeQuery.Prefix("/b/"), default);
        Assert.Equal(ordered, all.Items.Select(i => i.Key));
        Assert.Equal((7L, false), (all.Count, all.More));
        var page = await Store.RangeAsync(RangeQuery.Prefix("/b/", limit: 2), default);
        Assert.Equal(ordered[..2], page.Items.Select(i => i.Key));
        Assert.Equal((7L, true), (page.Count, page.More));
        var exact = await Store.RangeAsync(RangeQuery.Prefix("/b/", limit: 7), default);
        Assert.Equal((7L, false), (exact.Count, exact.More));
        var count = await Store.RangeAsync(RangeQuery.Prefix("/b/") with { CountOnly = true }, default);
        Assert.Equal((7L, 0), (count.Count, count.Items.Count));
        Assert.Equal(ordered[2..4], (await Store.RangeAsync(new RangeQuery("/b/20", "/b/ü"), default)).Items.Select(i => i.Key));
        Assert.Equal(10, (await Store.RangeAsync(new RangeQuery("", "0"), default)).Count);
        Assert.Empty((await Store.RangeAsync(new RangeQuery("/b/3", "/b/2"), default)).Items);
    }

    [Fact]
    public async Task Reads_in_the_past_show_the_state_of_then()
    {
        var one = await Store.Put("/a/x", "1", 0);
        var two = await Store.Put("/a/y", "1", 0);
        await Store.Put("/a/x", "2", one.Revision);
        await Store.Delete("/a/y", two.Revision);
        await Store.Put("/a/z", "1", 0);
        await Store.Put("/a/y", "again", 0);
        Assert.Equal(["/a/x=1"], await Store.List("/a/", one.Revision));
        Assert.Equal(["/a/x=1", "/a/y=1"], await Store.List("/a/", two.Revision));
        Assert.Equal(["/a/x=2", "/a/y=1"], await Store.List("/a/", two.Revision + 1));
        Assert.Equal(["/a/x=2"], await Store.List("/a/", two.Revision + 2));
        Assert.Equal(["/a/x=2", "/a/z=1"], await Store.List("/a/", two.Revision + 3));
        Assert.Equal(["/a/x=2", "/a/y=again", "/a/z=1"], await Store.List("/a/"));
        Assert.Equal("1", (await Store.Get("/a/y", two.Revision))!.Value.Text());
        Assert.Null(await Store.Get("/a/y", one.Revision));
        var future = await Assert.ThrowsAsync<RevisionInFutureException>(() => Store.List("/a/", two.Revision + 100));
        Assert.Equal(two.Revision + 4, future.Current);
    }

    [Fact]
    public async Task Pages_at_one_revision_are_not_disturbed_by_writes_in_between()
    {
        for (var i = 0; i < 50; i++) await Store.Put($"/p/{i:00}", "old", 0);
        var read = await Store.RangeAsync(RangeQuery.Prefix("/p/", limit: 7), default);
        var (at, items) = (read.Revision, read.Items.ToList());
        while (read.More)
        {
            Assert.Equal(50 - items.Count, read.Count - read.Items.Count);
            await Store.Put($"/p/{items.Count + 3:00}", "new");
            await Store.Delete($"/p/{items.Count + 1:00}");
            await Store.Put($"/p/{items.Count:00}a", "new");
            read = await Store.RangeAsync(new RangeQuery(items[^1].Key + "\0", KeyRange.PrefixEnd("/p/"), at, 7), default);
            Assert.Equal(at, read.Revision);
            items.AddRange(read.Items);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"/p/{i:00}=old"), items.Select(i => $"{i.Key}={i.Value.Text()}"));
        var count = await Store.RangeAsync(RangeQuery.Prefix("/p/", at) with { CountOnly = true }, default);
        Assert.Equal(50, count.Count);
    }

    [Fact]
    public async Task Concurrent_writers_get_dense_unique_revisions()
    {
        var before = await Store.Revision();
        var revisions = await Task.WhenAll(Enumerable.Range(0, 16).Select(w => Task.Run(async () =>
        {
            var mine = new List<long>();
            for (var i = 0; i < 50; i++)
            {
                var written = await Store.Put($"/w/{w}/{i}", $"{i}", 0);
                // Whoever has his answer reads what he wrote.
                Assert.Equal(written.Revision, (await Store.Get($"/w/{w}/{i}"))!.ModRevision);
                Assert.True(await Store.Revision() >= written.Revision);
                mine.Add(written.Revision);
            }

            return mine;
        })));
        Assert.All(revisions, mine => Assert.Equal(mine.Order(), mine));
        Assert.Equal(Enumerable.Range(1, 800).Select(i => before + i), revisions.SelectMany(r => r).Order());
    }

    [Fact]
    public async Task Of_racing_updates_with_one_expectation_exactly_one_wins()
    {
        var created = await Store.Put("/a/x", "0", 0);
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => Store.Put("/a/x", $"{i}", created.Revision))));
        var winner = Assert.Single(results, r => r.Succeeded);
        Assert.Equal(created.Revision + 1, winner.Revision);
        Assert.All(results.Where(r => !r.Succeeded), r => Assert.Equal(winner.Revision, r.Current!.ModRevision));
    }

    [Fact]
    public async Task Counting_up_with_comparisons_loses_nothing()
    {
        await Store.Put("/a/counter", "0", 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var done = 0; done < 20;)
            {
                var now = (await Store.Get("/a/counter"))!;
                if ((await Store.Put("/a/counter", $"{int.Parse(now.Value.Text(), null) + 1}", now.ModRevision)).Succeeded) done++;
            }
        })));
        Assert.Equal("160", (await Store.Get("/a/counter"))!.Value.Text());
    }

    [Fact]
    public async Task A_cancelled_call_does_not_run()
    {
        var revision = await Store.Revision();
        var cancelled = new CancellationToken(true);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.WriteAsync(new WriteRequest("/a/x", new byte[1], 0), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.RangeAsync(RangeQuery.Prefix("/a/"), cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.WatchAsync("/a/", "/b", revision, cancelled));
        Assert.Equal(revision, await Store.Revision());
    }

    [Fact]
    public async Task Everything_is_there_after_reopening_and_revisions_go_on()
    {
        var one = await Store.Put("/a/x", "1", 0);
        var two = await Store.Put("/a/y", "1", 0);
        await Store.Delete("/a/y", two.Revision);
        await ReopenAsync();
        Assert.Equal(one.Revision, Assert.Single((await Store.RangeAsync(RangeQuery.Prefix("/a/"), default)).Items).ModRevision);
        Assert.Equal(two.Revision + 1, await Store.Revision());
        Assert.Equal(["/a/x=1", "/a/y=1"], await Store.List("/a/", two.Revision));
        var history = await Store.History("/a/", one.Revision);
        Assert.Equal([StoreEventType.Put, StoreEventType.Delete], history.Select(e => e.Type));
        Assert.Equal(two.Revision + 2, (await Store.Put("/a/z", "1", 0)).Revision);
    }

    /// <summary>A store without a key.</summary>
    protected abstract Task<IStore> CreateAsync();

    /// <summary>Opens the store again that <see cref="Store"/> was, after that one has been closed.</summary>
    protected abstract Task<IStore> OpenAgainAsync();

    /// <summary>Lets at least so much time pass for the store.</summary>
    protected abstract Task LetTimePassAsync(TimeSpan time);

    protected async Task ReopenAsync()
    {
        await Store.DisposeAsync();
        Store = await OpenAgainAsync();
    }
}
