using Minik8s.Store.Embedded;

namespace Minik8s.Store.Tests;

/// <summary>Random histories, compared step by step with <see cref="StoreModel"/>: writes, expiries, reads of any time, watches, compaction, reopening.</summary>
public sealed class StoreModelTests : IDisposable
{
    private const int Steps = 700;
    private const string Prefix = "/k/";

    private readonly TemporaryStore _files = new();
    private readonly List<ModelWatch> _watches = [];
    private EmbeddedStore _store = null!;
    private StoreModel _model = null!;
    private Random _random = null!;
    private string _where = "";

    public void Dispose() => _files.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(null)]
    public async Task Random_histories_match_the_model(int? fixedSeed)
    {
        var seed = fixedSeed ?? Seeds.FromEnvironmentOrRandom();
        _random = new Random(seed);
        _store = await OpenAsync();
        _model = new StoreModel(await _store.Revision());
        for (var step = 0; step < Steps; step++)
        {
            _where = $"seed {seed}, step {step}";
            await (_random.Next(100) switch
            {
                < 55 => WriteAsync(),
                < 60 => BurstAsync(),
                < 78 => ReadAsync(),
                < 84 => WatchAsync(),
                < 88 => ProgressAsync(),
                < 92 => PassTimeAsync(),
                < 97 => CompactAsync(),
                _ => ReopenAsync(),
            });
        }

        foreach (var watch in _watches) await watch.CatchUpAsync(_store, _model, _where);
        await CloseAsync();
    }

    private string Key() => $"{Prefix}{_random.Next(15):00}";

    private async Task WriteAsync()
    {
        var key = Key();
        var value = _random.Next(4) == 0 ? null : new string((char)('a' + _random.Next(26)), _random.Next(6) == 0 ? _random.Next(20_000) : _random.Next(20));
        long? expected = _random.Next(4) switch { 0 => null, 1 => 0, 2 => _random.NextInt64(1, _model.Revision + 1), _ => _model.Get(key)?.Modified ?? 0 };
        TimeSpan? life = value is not null && _random.Next(8) == 0 ? TimeSpan.FromMilliseconds(_random.Next(1, 200_000)) : null;
        DateTimeOffset? expires = life is { } l ? Whole(_files.Time.GetUtcNow() + l) : null;
        var result = value is null ? await _store.Delete(key, expected) : await _store.Put(key, value, expected, life);
        var (succeeded, revision, current) = _model.Write(key, value, expected, expires);
        Same((succeeded, revision, Plain(current)), (result.Succeeded, result.Revision, ModelKey.From(result.Current)));
    }

    /// <summary>Writes that are in one group, so that each sees those before it.</summary>
    private async Task BurstAsync()
    {
        var keys = Enumerable.Range(0, _random.Next(2, 40)).Select(_ => Key()).ToList();
        var results = await Task.WhenAll(keys.Select((key, i) => i % 5 == 4 ? _store.Delete(key) : _store.Put(key, $"burst {i}")));
        for (var i = 0; i < keys.Count; i++)
        {
            var (succeeded, revision, current) = _model.Write(keys[i], i % 5 == 4 ? null : $"burst {i}", null, null);
            Same((succeeded, revision, Plain(current)), (results[i].Succeeded, results[i].Revision, ModelKey.From(results[i].Current)));
        }
    }

    private async Task ReadAsync()
    {
        Same(_model.Revision, await _store.Revision());
        var at = _random.Next(3) == 0 ? 0 : _random.NextInt64(1, _model.Revision + 1);
        var (start, end) = (Key(), _random.Next(5) switch { 0 => null, 1 => KeyRange.PrefixEnd(Prefix), _ => Key() });
        var query = new RangeQuery(start, end, at, _random.Next(3) == 0 ? _random.Next(1, 5) : 0, _random.Next(6) == 0);
        if (at > 0 && at < _model.Floor)
        {
            await Assert.ThrowsAsync<RevisionCompactedException>(async () => await _store.RangeAsync(query, default));
            return;
        }

        var all = _model.At(at == 0 ? _model.Revision : at)
            .Where(k => end is null ? k.Key == start : string.CompareOrdinal(k.Key, start) >= 0 && string.CompareOrdinal(k.Key, end) < 0).ToList();
        var items = query.CountOnly ? [] : query.Limit > 0 ? all.Take(query.Limit).ToList() : all;
        var result = await _store.RangeAsync(query, default);
        Same(items.Select(Plain), result.Items.Select(ModelKey.From));
        Same((all.Count, at == 0 ? _model.Revision : at), (result.Count, result.Revision));
        Same(!query.CountOnly && all.Count > items.Count, result.More);
    }

    private async Task WatchAsync()
    {
        if (_watches.Count >= 8)
        {
            await _watches[0].CatchUpAsync(_store, _model, _where);
            await _watches[0].DisposeAsync();
            _watches.RemoveAt(0);
        }

        var after = _random.NextInt64(1, _model.Revision + 1);
        if (after < _model.Floor) await Assert.ThrowsAsync<RevisionCompactedException>(() => _store.Watch(Prefix, after));
        else _watches.Add(await ModelWatch.StartAsync(_store, _random.Next(2) == 0 ? Prefix : $"{Prefix}0", after));
    }

    private async Task ProgressAsync()
    {
        if (_watches.Count > 0) await _watches[_random.Next(_watches.Count)].CatchUpAsync(_store, _model, _where);
    }

    private async Task PassTimeAsync()
    {
        _files.Time.Advance(TimeSpan.FromMilliseconds(_random.Next(1, 60_000)));
        _model.Expire(_files.Time.GetUtcNow());
        await Eventually.True(async () => await _store.Revision() == _model.Revision, $"{_where}: the keys expire");
    }

    private async Task CompactAsync()
    {
        var to = _random.NextInt64(1, _model.Revision + 1);
        await _store.CompactAsync(to, default);
        _model.Floor = Math.Max(_model.Floor, to);
        // A watch that has not caught up may be told that its past is gone; then it begins again at the present.
        foreach (var watch in _watches) await watch.CatchUpAsync(_store, _model, _where, mayBeCompacted: true);
    }

    private async Task ReopenAsync()
    {
        await CloseAsync();
        _store = await OpenAsync();
        Same(_model.Revision, await _store.Revision());
        foreach (var watch in _watches) await watch.ResumeAsync(_store, _model);
    }

    private async Task CloseAsync()
    {
        await _store.DisposeAsync();
        foreach (var watch in _watches) await watch.DisposeAsync();
    }

    private Task<EmbeddedStore> OpenAsync() => _files.OpenAsync(o => o with { HistoryRetention = TimeSpan.FromDays(1), CheckpointPages = 30 });

    private void Same<T>(T expected, T actual) => Assert.True(Equals(expected, actual), $"{_where}: expected {expected}, got {actual}");

    private void Same(IEnumerable<ModelKey?> expected, IEnumerable<ModelKey?> actual) =>
        Assert.True(expected.SequenceEqual(actual), $"{_where}: expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");

    private static ModelKey? Plain(ModelKey? key) => key is null ? null : key with { Expires = null };

    private static DateTimeOffset Whole(DateTimeOffset time) => DateTimeOffset.FromUnixTimeMilliseconds((time.ToUnixTimeMilliseconds() + 999) / 1000 * 1000);
}
