using System.Diagnostics;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Tests;

/// <summary>
/// What a cluster of a hundred nodes does to the store for as long as it runs: each renews its lease every ten seconds and now and then there is an event that expires
/// after an hour. History is kept for five minutes, so after the first hour a day or a week adds nothing; the clock is the test's, and the rounds follow each other at once.
/// </summary>
public sealed class ChurnTests : IDisposable
{
    private const int Nodes = 100;
    private const int RoundsAnHour = 360;
    private const int EventsARound = 4;

    private readonly TemporaryStore _files = new();
    private readonly List<double> _latencies = [];
    private long _longestLog;

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task The_file_stays_as_large_as_what_lives_and_no_write_waits_long()
    {
        await using var store = await _files.OpenAsync();
        var lease = new byte[400];
        var e = new byte[900];
        await RunAsync(store, lease, e, 0, RoundsAnHour);
        var afterAnHour = new FileInfo(_files.File).Length;
        await RunAsync(store, lease, e, RoundsAnHour, 2 * RoundsAnHour);
        var afterTwo = new FileInfo(_files.File).Length;

        // Alive: 100 leases and an hour's 1,440 events. History: five minutes and a bit, 3,700 rows. With pages partly filled and a quarter free, under 12 MiB.
        Assert.InRange(afterAnHour, 1, 12 << 20);
        Assert.InRange(afterTwo, 1, afterAnHour * 3 / 2);
        Assert.InRange(_longestLog, 1, 24 << 20);
        _latencies.Sort();
        var (p99, longest) = (_latencies[_latencies.Count * 99 / 100], _latencies[^1]);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"file {afterAnHour >> 10} KiB then {afterTwo >> 10} KiB, log at most {_longestLog >> 10} KiB, a round of {Nodes} writes: 99% within {p99:0.0} ms, longest {longest:0.0} ms");
        Assert.True(p99 < 1000 && longest < 5000, $"99% within {p99} ms, longest {longest} ms");
        // The idle hour that follows leaves the leases alone, and one row for each.
        _files.Time.Advance(TimeSpan.FromMinutes(62));
        await Eventually.True(async () => (await store.RangeAsync(RangeQuery.Prefix("/registry/events/"), default)).Count == 0, "the last events expire");
        _files.Time.Advance(TimeSpan.FromMinutes(6));
        await Eventually.True(
            () =>
            {
                using var database = Database.Open(_files.File, 64);
                return Task.FromResult(database.Number("SELECT count(*) FROM history") == Nodes);
            },
            "history goes");
    }

    private async Task RunAsync(IStore store, byte[] lease, byte[] e, int from, int to)
    {
        for (var round = from; round < to; round++)
        {
            _files.Time.Advance(TimeSpan.FromSeconds(10));
            var watch = Stopwatch.StartNew();
            var writes = Enumerable.Range(0, Nodes).Select(n => store.WriteAsync(new WriteRequest($"/registry/leases/kube-node-lease/node-{n}", lease, null), default).AsTask());
            var events = Enumerable.Range(0, EventsARound).Select(n => store.WriteAsync(new WriteRequest($"/registry/events/default/{round}-{n}", e, 0, TimeSpan.FromHours(1)), default).AsTask());
            await Task.WhenAll(writes.Concat(events));
            _latencies.Add(watch.Elapsed.TotalMilliseconds);
            _longestLog = Math.Max(_longestLog, new FileInfo(_files.File + "-wal").Length);
        }
    }
}
