using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>Many writers and watchers at once: the history that watchers see is one history, and it is what the writers were told.</summary>
public sealed class ConcurrentHistoryTests : IDisposable
{
    private const int Writers = 8;
    private const int Each = 300;

    private readonly TemporaryStore _files = new();
    private readonly int _seed = Seeds.FromEnvironmentOrRandom();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task All_that_is_told_fits_one_history()
    {
        await using var store = await _files.OpenAsync(o => o with { CheckpointPages = 100 });
        var start = await store.Revision();
        using var done = new CancellationTokenSource();
        var reading = Enumerable.Range(0, 2).Select(r => Task.Run(() => ReadAsync(store, new Random(_seed + r), done.Token))).ToList();
        await using var live = await store.Watch("/c/", start);
        var told = (await Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() => WriteAsync(store, new Random(_seed * 100 + w)))))).SelectMany(t => t).ToList();
        await done.CancelAsync();

        var history = await live.Take((int)(await store.Revision() - start));
        var replayed = await store.History("/c/", start);
        Assert.Equal(history.Select(ModelEvent.From), replayed.Select(ModelEvent.From));

        var model = new StoreModel(start);
        foreach (var e in history.Select(ModelEvent.From))
        {
            model.Write(e.Key, e.Value, null, null);
            Assert.Equal(model.Events[^1], e);
        }

        foreach (var (result, key, value, expected) in told.Where(t => t.Result.Succeeded && (t.Value is not null || t.Result.Current is not null)))
        {
            var e = model.Events[(int)(result.Revision - start) - 1];
            Assert.Equal((key, value), (e.Key, e.Value));
            Assert.Equal(e.Previous, result.Current?.Value.Text());
            if (expected is not null) Assert.Equal(expected, result.Current?.ModRevision ?? 0);
        }

        Assert.Equal(model.At(model.Revision).Select(k => $"{k.Key}={k.Value}"), await store.List("/c/"));
        // Each read showed the state of the revision that it named.
        foreach (var (revision, items) in (await Task.WhenAll(reading)).SelectMany(r => r))
        {
            Assert.True(model.At(revision).Select(k => $"{k.Key}={k.Value}").SequenceEqual(items), $"seed {_seed}: a read at {revision}");
        }
    }

    private static async Task<List<(WriteResult Result, string Key, string? Value, long? Expected)>> WriteAsync(EmbeddedStore store, Random random)
    {
        var told = new List<(WriteResult, string, string?, long?)>();
        var known = new Dictionary<string, long>();
        for (var i = 0; i < Each; i++)
        {
            var key = $"/c/{random.Next(10)}";
            var value = random.Next(4) == 0 ? null : $"{random.Next()}";
            long? expected = random.Next(3) == 0 ? null : known.GetValueOrDefault(key);
            var result = value is null ? await store.Delete(key, expected) : await store.Put(key, value, expected);
            known[key] = !result.Succeeded ? result.Current?.ModRevision ?? 0 : value is null ? 0 : result.Revision;
            told.Add((result, key, value, expected));
        }

        return told;
    }

    private static async Task<List<(long Revision, List<string> Items)>> ReadAsync(EmbeddedStore store, Random random, CancellationToken done)
    {
        var reads = new List<(long, List<string>)>();
        long newest = 0;
        while (!done.IsCancellationRequested)
        {
            var past = newest > 0 && random.Next(2) == 0 ? random.NextInt64(1, newest + 1) : 0;
            var result = await store.RangeAsync(RangeQuery.Prefix("/c/", past), default);
            reads.Add((result.Revision, [.. result.Items.Select(i => $"{i.Key}={i.Value.Text()}")]));
            if (past > 0) continue;
            // Never back in time, and never ahead of what the store says it has.
            Assert.True(result.Revision >= newest);
            newest = result.Revision;
            Assert.True(await store.Revision() >= newest);
        }

        return reads;
    }
}
