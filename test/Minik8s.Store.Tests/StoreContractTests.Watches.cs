namespace Minik8s.Store.Tests;

public abstract partial class StoreContractTests
{
    [Fact]
    public async Task A_watch_replays_the_past_and_goes_on_live_without_gap_or_repetition()
    {
        var first = await Store.Put("/a/0", "0", 0);
        for (var i = 1; i < 600; i++) await Store.Put($"/a/{i}", "v", 0);
        await using var watch = await Store.Watch("/a/", first.Revision);
        for (var i = 600; i < 700; i++) await Store.Put($"/a/{i}", "v", 0);
        var seen = await watch.Take(699);
        Assert.Equal(Enumerable.Range(1, 699).Select(i => $"/a/{i}"), seen.Select(e => e.Key));
        Assert.Equal(Enumerable.Range(1, 699).Select(i => first.Revision + i), seen.Select(e => e.Revision));
    }

    [Fact]
    public async Task Watches_that_start_at_any_moment_of_heavy_writing_see_each_event_once()
    {
        const int Writers = 8, Each = 150;
        var start = await Store.Revision();
        var writing = Enumerable.Range(0, Writers).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < Each; i++) await Store.Put($"/h/{w}", $"{i}");
        })).ToList();
        var watching = new List<Task<List<StoreEvent>>>();
        for (var n = 0; n < 12; n++)
        {
            watching.Add(Task.Run(async () =>
            {
                await using var watch = await Store.Watch("/h/", start);
                return await watch.Take(Writers * Each);
            }));
            // The next starts when a tenth more has been written.
            await Eventually.True(async () => await Store.Revision() >= start + (watching.Count * 100L) || writing.TrueForAll(w => w.IsCompleted), "writes go on");
        }

        await Task.WhenAll(writing);
        var expected = Enumerable.Range(1, Writers * Each).Select(i => start + i).ToList();
        foreach (var seen in await Task.WhenAll(watching)) Assert.Equal(expected, seen.Select(e => e.Revision));
    }

    [Fact]
    public async Task Events_carry_value_and_previous_value_live_and_replayed()
    {
        var start = await Store.Revision();
        await using var live = await Store.Watch("/a/", start);
        var created = await Store.Put("/a/x", "1", 0);
        await Store.Put("/b/other", "1", 0);
        await Store.Put("/a/x", "2", created.Revision);
        await Store.Delete("/a/x");
        await Store.Put("/a/x", "", 0);
        await using var replay = await Store.Watch("/a/", start);
        foreach (var events in new[] { await live.Take(4), await replay.Take(4) })
        {
            Assert.Equal([true, false, false, true], events.Select(e => e.IsCreate));
            Assert.Equal(["1", "2", "2", ""], events.Select(e => e.Value.Text()));
            Assert.Equal([null, "1", "2", null], events.Select(e => e.PreviousValue.Text()));
            Assert.Equal([StoreEventType.Put, StoreEventType.Put, StoreEventType.Delete, StoreEventType.Put], events.Select(e => e.Type));
            Assert.Equal([created.Revision, created.Revision, created.Revision, created.Revision + 4], events.Select(e => e.CreateRevision));
        }
    }

    [Fact]
    public async Task A_watch_sees_its_range_only()
    {
        var start = await Store.Revision();
        await using var prefix = await Store.Watch("/a/", start);
        await using var one = await Store.WatchAsync("/a/x", "/a/x\0", start, default);
        await using var upper = await Store.WatchAsync("/a/x\0", "/c", start, default);
        foreach (var key in new[] { "/a/w", "/a/x", "/a/xy", "/b/z", "/c", "/a" }) await Store.Put(key, "v", 0);
        await Store.Put("/a/x", "last");
        await Store.Put("/b/last", "last");
        Assert.Equal(["/a/w", "/a/x", "/a/xy", "/a/x"], (await prefix.Take(4)).Select(e => e.Key));
        Assert.Equal(["/a/x", "/a/x"], (await one.Take(2)).Select(e => e.Key));
        Assert.Equal(["/a/xy", "/b/z", "/b/last"], (await upper.Take(3)).Select(e => e.Key));
    }

    [Fact]
    public async Task A_watch_from_a_revision_that_is_not_reached_yet_starts_there()
    {
        var start = await Store.Revision();
        await using var watch = await Store.Watch("/a/", start + 2);
        for (var i = 0; i < 4; i++) await Store.Put($"/a/{i}", "v", 0);
        Assert.Equal([start + 3, start + 4], (await watch.Take(2)).Select(e => e.Revision));
    }

    [Fact]
    public async Task Progress_is_at_least_the_current_revision_and_follows_what_was_delivered()
    {
        await using var quiet = await Store.Watch("/quiet/", await Store.Revision());
        await using var busy = await Store.Watch("/a/", await Store.Revision());
        var written = await Store.Put("/a/x", "1", 0);
        await quiet.RequestProgressAsync(default);
        await busy.RequestProgressAsync(default);
        var notice = (await quiet.Until(b => b.Events.Count == 0))[^1];
        Assert.True(notice.Revision >= written.Revision);
        var batches = await busy.Until(b => b.Events.Count == 0);
        Assert.Equal(written.Revision, Assert.Single(batches.SelectMany(b => b.Events)).Revision);
        Assert.True(batches[^1].Revision >= written.Revision);
        Assert.Equal(batches.Select(b => b.Revision).Order(), batches.Select(b => b.Revision));
    }

    [Fact]
    public async Task Progress_asked_for_before_the_replay_comes_after_it()
    {
        var start = await Store.Revision();
        for (var i = 0; i < 10; i++) await Store.Put($"/a/{i}", "v", 0);
        await using var watch = await Store.Watch("/a/", start);
        await watch.RequestProgressAsync(default);
        var batches = await watch.Until(b => b.Events.Count == 0);
        Assert.Equal(10, batches.Sum(b => b.Events.Count));
        Assert.True(batches[^1].Revision >= start + 10);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_cut_off_and_the_others_go_on()
    {
        var start = await Store.Revision();
        await using var slow = await Store.Watch("/a/", start);
        await using var elsewhere = await Store.Watch("/b/", start);
        await Task.WhenAll(Enumerable.Range(0, WatcherBufferEvents + 1).Select(i => Store.Put($"/a/{i}", "v", 0)));
        await Store.Put("/b/x", "v", 0);
        // What the one has been told, the other could have been told.
        Assert.Single(await elsewhere.Take(1));
        await Assert.ThrowsAsync<SlowWatcherException>(() => slow.Take(WatcherBufferEvents + 1));
        // It may begin again where it was, for history holds the events.
        await using var again = await Store.Watch("/a/", start);
        Assert.Equal(WatcherBufferEvents + 1, (await again.Take(WatcherBufferEvents + 1)).Count);
    }

    [Fact]
    public async Task A_watch_that_is_disposed_of_ends_its_reader()
    {
        var watch = await Store.Watch("/a/", await Store.Revision());
        var reading = Task.Run(async () =>
        {
            var seen = 0;
            await foreach (var batch in watch.ReadAllAsync(default)) seen += batch.Events.Count;
            return seen;
        });
        await watch.DisposeAsync();
        Assert.Equal(0, await reading.WaitAsync(TimeSpan.FromSeconds(60)));
        await Store.Put("/a/x", "v", 0);
    }

    [Fact]
    public async Task A_reader_that_is_cancelled_stops()
    {
        await using var watch = await Store.Watch("/a/", await Store.Revision());
        using var stop = new CancellationTokenSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var batch in watch.ReadAllAsync(stop.Token)) Assert.Empty(batch.Events);
        });
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Fact]
    public async Task Closing_the_store_ends_its_watches_with_a_failure()
    {
        await using var watch = await Store.Watch("/a/", await Store.Revision());
        var reading = Task.Run(() => watch.Take(1));
        await Store.DisposeAsync();
        await Assert.ThrowsAsync<StoreUnavailableException>(() => reading.WaitAsync(TimeSpan.FromSeconds(60)));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.Put("/a/x", "v", 0));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => Store.Get("/a/x"));
    }

    [Fact]
    public async Task Compaction_refuses_the_past_and_keeps_the_present()
    {
        var one = await Store.Put("/a/x", "1", 0);
        var two = await Store.Put("/a/x", "2", one.Revision);
        var gone = await Store.Put("/a/y", "1", 0);
        await Store.Delete("/a/y", gone.Revision);
        var last = await Store.Put("/a/z", "1", 0);
        await Store.Put("/a/z", "2");
        await Store.CompactAsync(last.Revision, default);
        var refused = await Assert.ThrowsAsync<RevisionCompactedException>(() => Store.List("/a/", two.Revision));
        Assert.Equal((two.Revision, last.Revision), (refused.Requested, refused.Floor));
        await Assert.ThrowsAsync<RevisionCompactedException>(() => Store.History("/a/", one.Revision));
        Assert.Equal(["/a/x=2", "/a/z=2"], await Store.List("/a/"));
        Assert.Equal(["/a/x=2", "/a/z=1"], await Store.List("/a/", last.Revision));
        Assert.Equal("1", Assert.Single(await Store.History("/a/", last.Revision)).PreviousValue.Text());
        Assert.Equal(last.Revision + 2, (await Store.Put("/a/n", "1", 0)).Revision);
    }

    [Fact]
    public async Task Compaction_of_what_is_compacted_already_changes_nothing_and_of_the_future_is_refused()
    {
        var one = await Store.Put("/a/x", "1", 0);
        var two = await Store.Put("/a/x", "2");
        await Store.CompactAsync(two.Revision, default);
        await Store.CompactAsync(one.Revision, default);
        await Store.CompactAsync(two.Revision, default);
        Assert.Equal(["/a/x=2"], await Store.List("/a/", two.Revision));
        await Assert.ThrowsAsync<RevisionInFutureException>(async () => await Store.CompactAsync(two.Revision + 1, default));
    }

    [Fact]
    public async Task Compaction_does_not_disturb_a_live_watch()
    {
        await using var watch = await Store.Watch("/a/", await Store.Revision());
        for (var i = 0; i < 20; i++)
        {
            var written = await Store.Put("/a/x", $"{i}");
            await Store.CompactAsync(written.Revision, default);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), (await watch.Take(20)).Select(e => e.Value.Text()));
    }

    [Fact]
    public async Task An_expired_key_is_deleted_with_an_event()
    {
        await Store.Put("/a/short", "1", 0, TimeSpan.FromSeconds(3));
        await Store.Put("/a/kept", "1", 0);
        await Store.Put("/a/renewed", "1", 0, TimeSpan.FromSeconds(3));
        await Store.Put("/a/renewed", "2");
        var revision = await Store.Revision();
        await using var watch = await Store.Watch("/a/", revision);
        await LetTimePassAsync(TimeSpan.FromSeconds(4));
        var deleted = Assert.Single(await watch.Take(1));
        Assert.Equal((StoreEventType.Delete, "/a/short", "1", revision + 1), (deleted.Type, deleted.Key, deleted.Value.Text(), deleted.Revision));
        Assert.Equal(["/a/kept=1", "/a/renewed=2"], await Store.List("/a/"));
        Assert.Equal(revision + 1, await Store.Revision());
    }

    [Fact]
    public async Task An_expiry_survives_reopening()
    {
        await Store.Put("/a/x", "1", 0, TimeSpan.FromSeconds(3));
        await ReopenAsync();
        var revision = await Store.Revision();
        await using var watch = await Store.Watch("/a/", revision);
        Assert.Equal(["/a/x=1"], await Store.List("/a/"));
        await LetTimePassAsync(TimeSpan.FromSeconds(4));
        Assert.Equal(StoreEventType.Delete, Assert.Single(await watch.Take(1)).Type);
    }

    [Fact]
    public async Task An_expiry_that_was_due_while_the_store_was_closed_happens_at_once()
    {
        await Store.Put("/a/x", "1", 0, TimeSpan.FromSeconds(3));
        var revision = await Store.Revision();
        await Store.DisposeAsync();
        await LetTimePassAsync(TimeSpan.FromSeconds(4));
        Store = await OpenAgainAsync();
        await using var watch = await Store.Watch("/a/", revision);
        Assert.Equal(StoreEventType.Delete, Assert.Single(await watch.Take(1)).Type);
        Assert.Null(await Store.Get("/a/x"));
    }
}
