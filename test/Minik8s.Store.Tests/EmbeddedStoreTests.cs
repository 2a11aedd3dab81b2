using System.Text;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>The contract on the embedded engine, and what is particular to it.</summary>
public sealed class EmbeddedStoreTests : StoreContractTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("mk8s-store-").FullName;
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

    private string File => Path.Combine(_directory, "store.db");

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Everything_is_there_after_reopening_and_revisions_go_on()
    {
        var one = await Put("/a/x", "1", 0);
        var two = await Put("/a/y", "1", 0);
        await Delete("/a/y", two.Revision);
        await Store.DisposeAsync();
        await using var again = await CreateAsync();
        var items = (await again.RangeAsync(RangeQuery.Prefix("/a/"), default)).Items;
        Assert.Equal(one.Revision, Assert.Single(items).ModRevision);
        await using var watch = await again.WatchAsync("/a/", "/b", one.Revision, default);
        Assert.Equal([StoreEventType.Put, StoreEventType.Delete], (await Take(watch, 2)).Select(e => e.Type));
        Assert.Equal(two.Revision + 2, (await again.WriteAsync(new("/a/z", new byte[1], 0), default)).Revision);
    }

    [Fact]
    public async Task An_expired_key_is_deleted_with_an_event_also_after_reopening()
    {
        await Put("/a/short", "1", 0, TimeSpan.FromSeconds(30));
        await Put("/a/long", "1", 0, TimeSpan.FromSeconds(90));
        await using (var watch = await Store.WatchAsync("/a/", "/b", await Store.CurrentRevisionAsync(default), default))
        {
            _time.Advance(TimeSpan.FromSeconds(31));
            Assert.Equal("/a/short", Assert.Single(await Take(watch, 1)).Key);
        }

        await Store.DisposeAsync();
        await using var again = await CreateAsync();
        await using var later = await again.WatchAsync("/a/", "/b", await again.CurrentRevisionAsync(default), default);
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal("/a/long", Assert.Single(await Take(later, 1)).Key);
    }

    [Fact]
    public async Task History_goes_after_its_retention_without_being_asked()
    {
        var first = await Put("/a/x", "0", 0);
        var last = first.Revision;
        for (var i = 0; i < 50; i++) last = (await Put("/a/x", $"{i}", last)).Revision;
        _time.Advance(TimeSpan.FromSeconds(11));
        last = (await Put("/a/x", "mark", last)).Revision;
        _time.Advance(TimeSpan.FromMinutes(5.1));
        await Until(async () =>
        {
            try
            {
                await Store.RangeAsync(RangeQuery.Prefix("/a/", first.Revision), default);
                return false;
            }
            catch (RevisionCompactedException)
            {
                return true;
            }
        });
        Assert.Equal("mark", Text((await Get("/a/x"))!.Value));
    }

    [Fact]
    public async Task The_file_stays_proportional_to_what_is_alive()
    {
        await Store.DisposeAsync();
        await using var store = await EmbeddedStore.OpenAsync(Options with { MaxHistoryRevisions = 100 }, null, default);
        var value = new byte[4096];
        var revisions = new long[10];
        for (var i = 0; i < 5000; i++)
        {
            var k = i % 10;
            revisions[k] = (await store.WriteAsync(new WriteRequest($"/a/{k}", value, revisions[k]), default)).Revision;
        }

        await store.DisposeAsync();
        Assert.InRange(new FileInfo(File).Length, 1, 4 << 20);
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_cut_off_and_the_others_go_on()
    {
        await Store.DisposeAsync();
        await using var store = await EmbeddedStore.OpenAsync(Options with { WatcherBufferEvents = 10 }, null, default);
        await using var slow = await store.WatchAsync("/a/", "/b", await store.CurrentRevisionAsync(default), default);
        for (var i = 0; i < 20; i++) await store.WriteAsync(new WriteRequest($"/a/{i}", new byte[1], 0), default);
        await Assert.ThrowsAsync<SlowWatcherException>(() => Take(slow, 20));
        await using var fresh = await store.WatchAsync("/a/", "/b", 1, default);
        Assert.Equal(20, (await Take(fresh, 20)).Count);
    }

    [Fact]
    public async Task A_second_process_is_refused()
    {
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(CreateAsync);
        Assert.Contains("in use by another process", refused.Message);
    }

    [Fact]
    public async Task A_damaged_file_is_reported_with_advice()
    {
        for (var i = 0; i < 300; i++) await Put($"/a/{i}", new string('x', 1000), 0);
        await Store.DisposeAsync();
        var bytes = await System.IO.File.ReadAllBytesAsync(File);
        new Random(3).NextBytes(bytes.AsSpan(4096, 65536));
        await System.IO.File.WriteAllBytesAsync(File, bytes);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(CreateAsync);
        Assert.Contains("restore a backup", refused.Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Random_histories_match_a_model(int seed)
    {
        var random = new Random(seed);
        var model = new SortedDictionary<string, (string Value, long Revision)>(StringComparer.Ordinal);
        var states = new Dictionary<long, string>();
        var history = new List<string>();
        var store = Store;
        var start = await store.CurrentRevisionAsync(default);
        var watch = await store.WatchAsync("/k/", "/l", start, default);
        var floor = start;
        for (var step = 0; step < 400; step++)
        {
            var key = $"/k/{random.Next(12)}";
            var known = model.TryGetValue(key, out var present);
            var expected = random.Next(4) switch { 0 => (long?)null, 1 => 0, _ => known ? present.Revision : 0 };
            var holds = expected is null || expected == (known ? present.Revision : 0);
            var value = random.Next(4) == 0 ? null : $"v{step}";
            var result = await store.WriteAsync(new WriteRequest(key, value is null ? (ReadOnlyMemory<byte>?)null : Encoding.UTF8.GetBytes(value), expected), default);
            Assert.True(holds == result.Succeeded, $"seed {seed}, step {step}");
            if (holds && (value is not null || known))
            {
                history.Add($"{result.Revision} {key} {value ?? "deleted"}");
                if (value is null) model.Remove(key);
                else model[key] = (value, result.Revision);
                states[result.Revision] = string.Join(',', model.Select(m => $"{m.Key}={m.Value.Value}"));
            }

            if (random.Next(60) == 0 && states.Count > 0)
            {
                floor = Math.Max(floor, states.Keys.ElementAt(random.Next(states.Count)));
                await store.CompactAsync(floor, default);
            }

            if (random.Next(10) == 0 && states.Keys.Where(r => r >= floor).ToList() is [_, ..] readable)
            {
                var at = readable[random.Next(readable.Count)];
                var then = await store.RangeAsync(RangeQuery.Prefix("/k/", at), default);
                Assert.True(states[at] == string.Join(',', then.Items.Select(i => $"{i.Key}={Text(i.Value)}")), $"seed {seed}, step {step}, revision {at}");
            }
        }

        var seen = (await Take(watch, history.Count)).Select(e => $"{e.Revision} {e.Key} {(e.Type == StoreEventType.Delete ? "deleted" : Text(e.Value))}");
        Assert.Equal(history, seen);
        await watch.DisposeAsync();
    }

    protected override async Task<IStore> CreateAsync() => await EmbeddedStore.OpenAsync(Options, null, default);

    private EmbeddedStoreOptions Options => new() { Path = File, TimeProvider = _time };

    private static async Task Until(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await condition())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
