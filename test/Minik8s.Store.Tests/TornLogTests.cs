using Minik8s.Store.CrashWriter;
using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>What a power failure may leave behind: a log whose end is missing or garbage, and damage beyond that.</summary>
public sealed class TornLogTests : IDisposable
{
    private const int Writes = 80;

    private readonly TemporaryStore _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task A_log_cut_anywhere_opens_with_a_consistent_prefix()
    {
        var (database, log) = await WriteAsync();
        var longest = 0L;
        foreach (var length in Offsets(log.Length)) longest = Math.Max(longest, await OpenAsync(database, log[..length], $"cut at {length}"));
        Assert.Equal(1 + Writes, await OpenAsync(database, log, "whole"));
        Assert.InRange(longest, 2, 1 + Writes);
    }

    [Fact]
    public async Task A_log_with_a_damaged_byte_anywhere_opens_with_what_comes_before()
    {
        var (database, log) = await WriteAsync();
        var random = new Random(5);
        var before = 0L;
        foreach (var offset in Offsets(log.Length - 1))
        {
            var damaged = log.ToArray();
            damaged[offset] ^= (byte)(1 << random.Next(8));
            var revision = await OpenAsync(database, damaged, $"damaged at {offset}");
            // Further damage is later damage, but for the log's header, without which there is no log at all.
            Assert.True(revision >= before, $"damage at {offset} lost more than damage before it");
            before = revision;
        }
    }

    [Fact]
    public async Task A_log_with_garbage_behind_it_opens_whole()
    {
        var (database, log) = await WriteAsync();
        var garbage = new byte[10_000];
        new Random(6).NextBytes(garbage);
        Assert.Equal(1 + Writes, await OpenAsync(database, [.. log, .. garbage], "garbage"));
    }

    [Theory]
    [InlineData("header")]
    [InlineData("pages")]
    [InlineData("half")]
    [InlineData("text")]
    public async Task A_damaged_database_is_refused_with_advice_and_left_alone(string damage)
    {
        await using (var store = await _files.OpenAsync())
        {
            for (var i = 0; i < 300; i++) await store.Put($"/a/{i}", new string('x', 1000), 0);
        }

        var bytes = await File.ReadAllBytesAsync(_files.File);
        if (damage == "header") bytes.AsSpan(0, 100).Fill(0xAA);
        if (damage == "pages") new Random(3).NextBytes(bytes.AsSpan(4096, 65_536));
        if (damage == "half") bytes = bytes[..(bytes.Length / 2)];
        if (damage == "text") bytes = "this is no database"u8.ToArray();
        await File.WriteAllBytesAsync(_files.File, bytes);
        var refused = await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        Assert.Contains("is damaged", refused.Message);
        Assert.Contains("restore a backup", refused.Message);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_files.File));
    }

    [Fact]
    public async Task The_log_of_a_damaged_database_is_left_alone_too()
    {
        await using (var store = await _files.OpenAsync())
        {
            for (var i = 0; i < 300; i++) await store.Put($"/a/{i}", new string('x', 1000), 0);
        }

        byte[] bytes, log;
        await using (var store = await _files.OpenAsync())
        {
            await store.Put("/a/newest", "v", 0);
            bytes = await File.ReadAllBytesAsync(_files.File);
            log = await File.ReadAllBytesAsync(_files.File + "-wal");
        }

        new Random(3).NextBytes(bytes.AsSpan(bytes.Length / 4, 65_536));
        await File.WriteAllBytesAsync(_files.File, bytes);
        await File.WriteAllBytesAsync(_files.File + "-wal", log);
        await Assert.ThrowsAsync<StoreUnavailableException>(() => _files.OpenAsync());
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_files.File));
        Assert.Equal(log, await File.ReadAllBytesAsync(_files.File + "-wal"));
    }

    /// <summary>A database of which everything but the tables is in the log, as a process that dies leaves it behind.</summary>
    private async Task<(byte[] Database, byte[] Log)> WriteAsync()
    {
        await using (await _files.OpenAsync())
        {
        }

        await using var store = await _files.OpenAsync();
        for (var i = 0; i < Writes; i++)
        {
            if (i % 7 == 6) await store.Delete($"/crash/{(i - 1) % 10}");
            else await store.WriteAsync(new WriteRequest($"/crash/{i % 10}", CrashValue.Make(i), null), default);
        }

        Assert.Equal(1 + Writes, await store.Revision());
        return (await File.ReadAllBytesAsync(_files.File), await File.ReadAllBytesAsync(_files.File + "-wal"));
    }

    /// <summary>Opens the files and checks that they show some prefix of the writes, wholly; returns its revision.</summary>
    private async Task<long> OpenAsync(byte[] database, byte[] log, string what)
    {
        var path = Path.Combine(_files.Directory, "torn.db");
        await File.WriteAllBytesAsync(path, database);
        await File.WriteAllBytesAsync(path + "-wal", log);
        await using var store = await EmbeddedStore.OpenAsync(_files.Options with { Path = path }, null, default);
        var revision = await store.Revision();
        var history = await store.History("/crash/", 1);
        Assert.True(history.Select(e => e.Revision).SequenceEqual(Enumerable.Range(2, (int)revision - 1).Select(r => (long)r)), $"{what}: revisions are missing");
        var expected = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var e in history)
        {
            var i = (int)e.Revision - 2;
            Assert.True((i % 7 == 6) == (e.Type == StoreEventType.Delete), what);
            if (e.Type == StoreEventType.Delete) expected.Remove(e.Key);
            else expected[e.Key] = CrashValue.Read(e.Value.Span);
            if (e.Type == StoreEventType.Put) Assert.Equal(i, expected[e.Key]);
        }

        var items = (await store.RangeAsync(RangeQuery.Prefix("/crash/"), default)).Items;
        Assert.Equal(expected, items.ToDictionary(i => i.Key, i => CrashValue.Read(i.Value.Span)));
        Assert.Equal(revision + 1, (await store.Put("/crash/next", "v", 0)).Revision);
        return revision;
    }

    private static IEnumerable<int> Offsets(long length)
    {
        // The header, the first frames' edges, and a step that meets every part of a frame (24 bytes and a page of 4096).
        int[] edges = [0, 1, 31, 32, 33, 55, 56, 57, 32 + 4120, 32 + 4120 + 1];
        return edges.Concat(Enumerable.Range(1, 60).Select(i => (int)(length * i / 61))).Where(o => o <= length).Distinct().Order();
    }
}
