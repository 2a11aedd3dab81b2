using Minik8s.Store.Embedded;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Tests;

/// <summary>Backups of the embedded store.</summary>
public sealed class SnapshotTests : IDisposable
{
    private readonly TemporaryStore _files = new();

    private string File => Path.Combine(_files.Directory, "backup");

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_snapshot_that_is_taken_while_writes_go_on_shows_one_moment()
    {
        await using var store = await _files.OpenAsync(o => o with { CheckpointPages = 50 });
        long acknowledged = 0;
        using var done = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 1; !done.IsCancellationRequested; i++)
            {
                await store.Put($"/a/{i:000000}", new string('v', 500), 0);
                await store.Put("/last", $"{i}");
                Interlocked.Exchange(ref acknowledged, i);
            }
        });
        for (var round = 1; round <= 3; round++)
        {
            var before = Interlocked.Read(ref acknowledged);
            await Eventually.True(() => Task.FromResult(Interlocked.Read(ref acknowledged) > before + 50), "writing goes on");
            before = Interlocked.Read(ref acknowledged);
            var info = Snapshot.Save(_files.File, File);
            Assert.Equal(info, Snapshot.Check(File));
            using var database = Database.Open(File, 64);
            var last = long.Parse(database.Text("SELECT h.value FROM live l JOIN history h ON h.revision = l.revision WHERE l.key = '/last'"), null);
            Assert.True(last >= before, "what was acknowledged before is in it");
            // The key of the next round may be there already; none before it is missing.
            Assert.InRange(database.Number("SELECT count(*) FROM live WHERE key LIKE '/a/%'"), last, last + 1);
            Assert.Equal(last, database.Number($"SELECT count(*) FROM live WHERE key LIKE '/a/%' AND key <= '/a/{last:000000}'"));
        }

        await done.CancelAsync();
        await writing;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(File));
        Assert.Equal(["backup"], Directory.GetFiles(_files.Directory, "backup*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_restored_store_has_what_was_saved_and_is_ahead_of_every_client()
    {
        long newest;
        await using (var store = await _files.OpenAsync())
        {
            for (var i = 0; i < 10; i++) await store.Put($"/a/{i}", "old", 0);
            await store.Delete("/a/9");
            await store.Put("/a/short", "v", 0, TimeSpan.FromMinutes(1));
            Snapshot.Save(_files.File, File);
            await store.Put("/a/0", "undone");
            newest = (await store.Put("/a/new", "undone", 0)).Revision;
            Assert.Contains("in use by another process", Assert.Throws<StoreUnavailableException>(() => Snapshot.Restore(File, _files.File)).Message);
            Assert.NotNull(await store.Get("/a/new"));
        }

        var (info, former) = Snapshot.Restore(File, _files.File);
        Assert.True(info.Revision > newest);
        await using (var store = await _files.OpenAsync())
        {
            Assert.Equal(info.Revision, await store.Revision());
            Assert.Equal(Enumerable.Range(0, 9).Select(i => $"/a/{i}=old").Append("/a/short=v"), await store.List("/a/"));
            // Clients that know something newer must list again.
            await Assert.ThrowsAsync<RevisionCompactedException>(() => store.History("/a/", newest));
            await Assert.ThrowsAsync<RevisionCompactedException>(() => store.List("/a/", newest));
            var current = (await store.Get("/a/1"))!;
            var written = await store.Put("/a/1", "new", current.ModRevision);
            Assert.Equal((true, info.Revision + 1), (written.Succeeded, written.Revision));
            Assert.Equal("old", Assert.Single(await store.History("/a/", info.Revision)).PreviousValue.Text());
            _files.Time.Advance(TimeSpan.FromMinutes(2));
            await Eventually.True(async () => await store.Get("/a/short") is null, "times to live go on");
            // What was superseded goes as ever.
            _files.Time.Advance(TimeSpan.FromMinutes(6));
            await Eventually.True(
                () =>
                {
                    using var database = Database.Open(_files.File, 64);
                    return Task.FromResult(database.Number("SELECT count(*) FROM history") == 9);
                },
                "one row is left for each key");
        }

        // The former store is whole.
        Assert.Equal(newest, Snapshot.Check(former!).Revision);
    }

    [Fact]
    public async Task A_damaged_snapshot_is_refused_and_the_store_left_alone()
    {
        await using (var store = await _files.OpenAsync())
        {
            for (var i = 0; i < 200; i++) await store.Put($"/a/{i}", new string('v', 3000), 0);
            Snapshot.Save(_files.File, File);
            await store.Put("/a/kept", "v", 0);
        }

        var sound = await System.IO.File.ReadAllBytesAsync(File);
        var damaged = sound.ToArray();
        damaged.AsSpan(damaged.Length / 2, 4096).Fill(0x5a);
        foreach (var (bytes, reason) in new[] { (damaged, "is damaged"), (sound[..(sound.Length / 3)], "is damaged"), ("not a database at all, but long enough to be looked at"u8.ToArray(), "is damaged"), ([], "another program") })
        {
            await System.IO.File.WriteAllBytesAsync(File, bytes);
            Assert.Contains(reason, Assert.Throws<StoreUnavailableException>(() => Snapshot.Check(File)).Message);
            Assert.Contains(reason, Assert.Throws<StoreUnavailableException>(() => Snapshot.Restore(File, _files.File)).Message);
        }

        Assert.Contains("there is no file", Assert.Throws<StoreUnavailableException>(() => Snapshot.Check(File + "x")).Message);
        await using var again = await _files.OpenAsync();
        Assert.NotNull(await again.Get("/a/kept"));
    }

    [Fact]
    public async Task A_damaged_store_is_replaced_and_kept_aside()
    {
        await using (var store = await _files.OpenAsync())
        {
            for (var i = 0; i < 100; i++) await store.Put($"/a/{i}", new string('v', 3000), 0);
            Snapshot.Save(_files.File, File);
        }

        await using (var damage = new FileStream(_files.File, FileMode.Open))
        {
            damage.Seek(damage.Length / 2, SeekOrigin.Begin);
            damage.Write(new byte[16384]);
        }

        await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        var (_, former) = Snapshot.Restore(File, _files.File);
        Assert.True(System.IO.File.Exists(former));
        await using var restored = await _files.OpenAsync();
        Assert.Equal(100, (await restored.RangeAsync(RangeQuery.Prefix("/a/"), default)).Count);
    }
}
