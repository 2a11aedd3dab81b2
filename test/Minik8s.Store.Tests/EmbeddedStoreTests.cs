using Minik8s.Store.Embedded;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Tests;

/// <summary>What is particular to the embedded engine: its files, its upkeep, its limits.</summary>
public sealed class EmbeddedStoreTests : IDisposable
{
    private readonly TemporaryStore _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task History_is_kept_for_the_retention_and_then_goes_without_being_asked()
    {
        await using var store = await _files.OpenAsync();
        var first = await store.Put("/a/x", "0", 0);
        for (var i = 1; i < 50; i++) await store.Put("/a/x", $"{i}");
        await store.Delete("/a/x");
        var last = await store.Put("/a/y", "last", 0);
        _files.Time.Advance(TimeSpan.FromMinutes(4.9));
        Assert.Equal(51, (await store.History("/a/", first.Revision)).Count);
        _files.Time.Advance(TimeSpan.FromMinutes(0.2));
        await Eventually.True(() => Task.FromResult(Sql("SELECT count(*) FROM history") == 1), "one row is left for the one key");
        await Assert.ThrowsAsync<RevisionCompactedException>(() => store.List("/a/", last.Revision - 1));
        Assert.Equal(["/a/y=last"], await store.List("/a/", last.Revision));
    }

    [Fact]
    public async Task No_timer_is_set_when_there_is_nothing_to_wait_for()
    {
        var time = new CountingTimeProvider();
        await using var store = await _files.OpenAsync(o => o with { TimeProvider = time });
        for (var i = 0; i < 20; i++) await store.Put($"/a/{i}", "v", 0, i % 2 == 0 ? TimeSpan.FromMinutes(i + 1) : null);
        Assert.Equal(1, time.TimersSet);
        await Eventually.True(
            async () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return time.TimersSet == 0 && (await store.RangeAsync(RangeQuery.Prefix("/a/"), default)).Count == 10;
            },
            "all timers run out");
        await store.Put("/a/x", "v", 0);
        Assert.Equal(1, time.TimersSet);
    }

    [Fact]
    public async Task Many_expiries_at_once_all_happen()
    {
        await using var store = await _files.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(i => store.Put($"/a/{i}", "v", 0, TimeSpan.FromSeconds(5))));
        await store.Put("/a/kept", "v", 0, TimeSpan.FromHours(1));
        _files.Time.Advance(TimeSpan.FromSeconds(7));
        await Eventually.True(async () => (await store.RangeAsync(RangeQuery.Prefix("/a/"), default)).Count == 1, "all but one have expired");
        Assert.Equal(1 + 1501 + 1500, await store.Revision());
    }

    [Fact]
    public async Task Time_to_live_is_positive()
    {
        await using var store = await _files.OpenAsync();
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Put("/a/x", "1", 0, TimeSpan.Zero));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => store.Put("/a/x", "1", 0, TimeSpan.MaxValue));
        Assert.True((await store.Put("/a/x", "1", 0)).Succeeded);
    }

    [Fact]
    public async Task The_file_and_its_log_stay_proportional_to_what_is_alive()
    {
        await using var store = await _files.OpenAsync(o => o with { MaxHistoryRevisions = 200, CheckpointPages = 200 });
        var value = new byte[4096];
        long longest = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            for (var i = 0; i < 1000; i++)
            {
                await store.WriteAsync(new WriteRequest($"/a/{i % 20}", value, null), default);
                if (w == 0 && i % 10 == 0) longest = Math.Max(longest, new FileInfo(_files.File + "-wal").Length);
            }
        })));
        // 8,000 writes are 64 MiB of pages; 20 keys and 200 revisions of history are 2 MiB.
        Assert.InRange(longest, 1, 16 << 20);
        Assert.InRange(new FileInfo(_files.File).Length, 1, 8 << 20);
    }

    [Fact]
    public async Task Free_space_goes_back_to_the_file_system()
    {
        await using (var store = await _files.OpenAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => store.WriteAsync(new WriteRequest($"/a/{i}", new byte[8192], 0), default).AsTask()));
            await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => store.Delete($"/a/{i}")));
            await store.CompactAsync(await store.Revision(), default);
            await Eventually.True(() => Task.FromResult(Sql("SELECT count(*) FROM history") == 0 && Sql("PRAGMA freelist_count") <= 512), "the file shrinks");
        }

        Assert.InRange(new FileInfo(_files.File).Length, 1, 3 << 20);
        Assert.Equal("ok", SqlText("PRAGMA integrity_check"));
    }

    [Fact]
    public async Task Writes_go_on_while_much_history_is_removed()
    {
        await using var store = await _files.OpenAsync();
        await Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => store.Put($"/a/{i % 100}", "v")));
        await store.CompactAsync(await store.Revision(), default);
        var before = Sql("SELECT count(*) FROM history");
        await store.Put("/b/x", "v", 0);
        var after = Sql("SELECT count(*) FROM history");
        Assert.True(after > 1000, $"the write waited for the removal: of {before} rows {after} were left");
        await Eventually.True(() => Task.FromResult(Sql("SELECT count(*) FROM history") == 101), "all of it goes in the end");
    }

    [Fact]
    public async Task Removal_of_history_goes_on_after_reopening()
    {
        await using (var store = await _files.OpenAsync())
        {
            await Task.WhenAll(Enumerable.Range(0, 20_000).Select(i => store.Put($"/a/{i % 100}", "v")));
            await store.CompactAsync(await store.Revision(), default);
        }

        var left = Sql("SELECT count(*) FROM history");
        await using var again = await _files.OpenAsync();
        await Eventually.True(() => Task.FromResult(Sql("SELECT count(*) FROM history") == 100), $"the {left} rows go in the end");
        Assert.Equal(100, (await again.RangeAsync(RangeQuery.Prefix("/a/"), default)).Count);
    }

    [Fact]
    public async Task A_watcher_with_too_many_bytes_waiting_is_cut_off()
    {
        await using var store = await _files.OpenAsync(o => o with { WatcherBufferBytes = 100_000 });
        await using var slow = await store.Watch("/a/", await store.Revision());
        for (var i = 0; i < 3; i++) await store.WriteAsync(new WriteRequest($"/a/{i}", new byte[50_000], 0), default);
        await Assert.ThrowsAsync<SlowWatcherException>(() => slow.Take(3));
    }

    [Fact]
    public async Task Files_are_readable_by_their_owner_only()
    {
        var path = Path.Combine(_files.Directory, "new", "store.db");
        await using var store = await EmbeddedStore.OpenAsync(_files.Options with { Path = path }, null, default);
        await store.Put("/a/x", "secret", 0);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(path)!));
        var files = Directory.GetFiles(Path.GetDirectoryName(path)!);
        Assert.Equal(["store.db", "store.db-shm", "store.db-wal", "store.db.lock"], files.Select(Path.GetFileName).Order());
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
    }

    [Fact]
    public async Task A_store_that_is_open_is_refused_to_others_until_it_is_closed()
    {
        var store = await _files.OpenAsync();
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        Assert.Contains("in use by another process", refused.Message);
        await store.DisposeAsync();
        await store.DisposeAsync();
        await using var again = await _files.OpenAsync();
    }

    [Fact]
    public async Task A_clean_close_folds_the_log_into_the_file()
    {
        await using (var store = await _files.OpenAsync()) await store.Put("/a/x", "1", 0);
        Assert.False(File.Exists(_files.File + "-wal"));
        Assert.Equal(1, Sql("SELECT count(*) FROM live"));
    }

    [Fact]
    public async Task Writes_that_wait_when_the_store_closes_are_done_or_refused()
    {
        var store = await _files.OpenAsync();
        var writes = Enumerable.Range(0, 500).Select(i => Task.Run(() => store.Put($"/a/{i}", "v", 0))).ToList();
        await store.DisposeAsync();
        var acknowledged = 0;
        foreach (var write in writes)
        {
            if (await Record.ExceptionAsync(() => write) is { } refusal) Assert.IsType<StoreUnavailableException>(refusal);
            else acknowledged++;
        }

        await using var again = await _files.OpenAsync();
        Assert.Equal(acknowledged, (await again.RangeAsync(RangeQuery.Prefix("/a/"), default)).Count);
    }

    [Fact]
    public async Task An_unforeseen_failure_ends_the_store_loudly()
    {
        var store = await _files.OpenAsync();
        var kept = await store.Put("/a/x", "1", 0);
        await using var watch = await store.Watch("/a/", kept.Revision);
        store.Abort(new InvalidOperationException("unforeseen"));
        var fault = await Assert.ThrowsAsync<InvalidOperationException>(() => store.Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("unforeseen", fault.Message);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => store.Put("/a/x", "2"));
        await Assert.ThrowsAsync<StoreUnavailableException>(() => watch.Take(1));
        await store.DisposeAsync();
        await using var again = await _files.OpenAsync();
        Assert.Equal(["/a/x=1"], await again.List("/a/"));
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_and_left_alone()
    {
        await using (var store = await _files.OpenAsync()) await store.Put("/a/x", "1", 0);
        using (var database = Database.Open(_files.File, 64)) database.Execute("PRAGMA user_version = 99");
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        Assert.Contains("newer minik8s (schema 99", refused.Message);
        Assert.Equal(1, Sql("SELECT count(*) FROM live"));
    }

    [Fact]
    public async Task The_database_of_another_program_is_refused_and_left_alone()
    {
        await File.WriteAllBytesAsync(_files.File, []);
        using (var database = Database.Open(_files.File, 64)) database.Execute("CREATE TABLE theirs (a)");
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        Assert.Contains("another program", refused.Message);
        Assert.Equal(0, Sql("SELECT count(*) FROM theirs"));
    }

    [Fact]
    public async Task A_path_that_cannot_be_made_is_refused()
    {
        await File.WriteAllTextAsync(Path.Combine(_files.Directory, "file"), "");
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync(o => o with { Path = Path.Combine(_files.Directory, "file", "store.db") }));
        Assert.Contains("cannot be made or opened", refused.Message);
    }

    private long Sql(string sql)
    {
        using var database = Database.Open(_files.File, 64);
        return database.Number(sql);
    }

    private string SqlText(string sql)
    {
        using var database = Database.Open(_files.File, 64);
        return database.Text(sql);
    }
}
