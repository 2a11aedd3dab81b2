using System.Diagnostics;
using System.Globalization;
using System.Text;
using Minik8s.Store.CrashWriter;
using Minik8s.Store.Embedded;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Tests;

/// <summary>kill -9 of a process that writes, at moments that the seed chooses; afterwards every acknowledged write has to be there, whole.</summary>
public sealed class CrashTests : IDisposable
{
    private const int Rounds = 6;
    private const int Writers = 6;

    private readonly TemporaryStore _files = new();
    private readonly int _seed = Seeds.FromEnvironmentOrRandom();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Every_acknowledged_write_survives()
    {
        var random = new Random(_seed);
        var acknowledged = new SortedDictionary<long, Acknowledgement>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var line in await WriteUntilKilledAsync(round, "keep", random.Next(1, 1500))) acknowledged.Add(line.Revision, line);
            await using var store = await _files.OpenAsync(o => o with { MaxHistoryRevisions = 10_000_000 });
            await VerifyHistoryAsync(store, acknowledged);
        }
    }

    [Fact]
    public async Task Every_acknowledged_write_survives_beside_compaction_and_checkpoints()
    {
        var random = new Random(_seed);
        var newest = new Dictionary<string, Acknowledgement>();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var line in await WriteUntilKilledAsync(round, "compact", random.Next(200, 2500))) newest[line.Key] = line;
            await using var store = await _files.OpenAsync();
            await VerifyPresentAsync(store, newest);
            foreach (var item in (await store.RangeAsync(RangeQuery.Prefix("/crash/"), default)).Items)
            {
                newest[item.Key] = new(item.ModRevision, item.Key, CrashValue.Read(item.Value.Span));
            }
        }

        await using (var store = await _files.OpenAsync())
        {
            var at = await store.Revision();
            var present = await store.List("/crash/");
            await store.CompactAsync(at, default);
            Assert.Equal(present, await store.List("/crash/", at));
            await Eventually.True(() => Task.FromResult(Sql("SELECT count(*) FROM history") == present.Length), $"seed {_seed}: nothing is left but the live rows");
        }

        Assert.Equal(0, Sql("SELECT count(*) FROM live WHERE revision NOT IN (SELECT revision FROM history)"));
        using var database = Database.Open(_files.File, 64);
        Assert.Equal("ok", database.Text("PRAGMA integrity_check"));
    }

    private async Task VerifyHistoryAsync(EmbeddedStore store, SortedDictionary<long, Acknowledgement> acknowledged)
    {
        var present = await store.Revision();
        Assert.True(acknowledged.Count == 0 || present >= acknowledged.Keys.Max(), $"seed {_seed}: the newest acknowledged write is missing");
        var history = await store.History("/crash/", 1);
        Assert.True(history.Select(e => e.Revision).SequenceEqual(Enumerable.Range(2, (int)present - 1).Select(r => (long)r)), $"seed {_seed}: revisions are missing");
        var state = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var e in history)
        {
            long? before = state.TryGetValue(e.Key, out var known) ? known : null;
            Assert.Equal(before, e.PreviousValue is { } previous ? CrashValue.Read(previous.Span) : null);
            long? number = e.Type == StoreEventType.Delete ? null : CrashValue.Read(e.Value.Span);
            if (number is { } n) state[e.Key] = n;
            else state.Remove(e.Key);
            if (acknowledged.TryGetValue(e.Revision, out var told)) Assert.Equal((told.Key, told.Number), (e.Key, number));
        }

        var items = (await store.RangeAsync(RangeQuery.Prefix("/crash/"), default)).Items;
        Assert.Equal(state, items.ToDictionary(i => i.Key, i => CrashValue.Read(i.Value.Span)));
    }

    /// <summary>Without history: each key is as last acknowledged, but for the one write of each writer that was under way.</summary>
    private async Task VerifyPresentAsync(EmbeddedStore store, Dictionary<string, Acknowledgement> newest)
    {
        var items = (await store.RangeAsync(RangeQuery.Prefix("/crash/"), default)).Items.ToDictionary(i => i.Key);
        var underWay = new HashSet<string>();
        foreach (var told in newest.Values)
        {
            items.TryGetValue(told.Key, out var item);
            long? number = item is null ? null : CrashValue.Read(item.Value.Span);
            if (number == told.Number && (item is null || item.ModRevision == told.Revision)) continue;
            Assert.True(item is null || item.ModRevision > told.Revision, $"seed {_seed}: {told} was lost");
            Assert.True(underWay.Add(told.Key.Split('/')[2]), $"seed {_seed}: {told} was lost; this writer had one write under way at most");
        }

        foreach (var key in items.Keys.Except(newest.Keys)) Assert.True(underWay.Add(key.Split('/')[2]), $"seed {_seed}: {key} came from nowhere");
        foreach (var told in newest.Values.Where(told => !items.ContainsKey(told.Key)).ToList()) newest.Remove(told.Key);
    }

    private async Task<List<Acknowledgement>> WriteUntilKilledAsync(int round, string mode, int after)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "Minik8s.Store.CrashWriter.dll");
        var start = new ProcessStartInfo("dotnet", [program, _files.File, $"{round + 1}", $"{Writers}", mode]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var printed = new MemoryStream();
        try
        {
            // Whatever was printed before the kill was acknowledged, so the pipe is read to its end.
            var (buffer, lines) = (new byte[65_536], 0);
            while (await process.StandardOutput.BaseStream.ReadAsync(buffer) is > 0 and var read)
            {
                printed.Write(buffer, 0, read);
                lines += buffer.AsSpan(0, read).Count((byte)'\n');
                if (lines >= after) process.Kill();
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        // The last line may be half a line.
        var acknowledged = Encoding.ASCII.GetString(printed.ToArray()).Split('\n')[..^1].Select(Parse).ToList();
        Assert.True(acknowledged.Count >= after, $"seed {_seed}: the writer ended by itself");
        return acknowledged;
    }

    private static Acknowledgement Parse(string line)
    {
        var parts = line.Split(' ');
        return new(long.Parse(parts[0], CultureInfo.InvariantCulture), parts[1], parts[2] == "-" ? null : long.Parse(parts[2], CultureInfo.InvariantCulture));
    }

    private long Sql(string sql)
    {
        using var database = Database.Open(_files.File, 64);
        return database.Number(sql);
    }

    private sealed record Acknowledgement(long Revision, string Key, long? Number);
}
