namespace Minik8s.Store.Tests;

/// <summary>A watch of the random test, read now and then; it has to see each event of the model once, in order, over reopening too.</summary>
internal sealed class ModelWatch : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _prefix;
    private long _seen;
    private IStoreWatch _watch;
    private IAsyncEnumerator<WatchBatch> _batches;

    private ModelWatch(string prefix, long after, IStoreWatch watch)
    {
        _prefix = prefix;
        _seen = after;
        _watch = watch;
        _batches = watch.ReadAllAsync(default).GetAsyncEnumerator();
    }

    public static async Task<ModelWatch> StartAsync(IStore store, string prefix, long after) => new(prefix, after, await store.Watch(prefix, after));

    /// <summary>Reads everything up to the present and compares.</summary>
    public async Task CatchUpAsync(IStore store, StoreModel model, string where, bool mayBeCompacted = false)
    {
        var expected = model.Events.Where(e => e.Revision > _seen && e.Key.StartsWith(_prefix, StringComparison.Ordinal)).ToList();
        var from = _seen;
        var seen = new List<ModelEvent>();
        try
        {
            await _watch.RequestProgressAsync(default);
            while (_seen < model.Revision)
            {
                Assert.True(await _batches.MoveNextAsync().AsTask().WaitAsync(Limit), $"{where}: the watch ended");
                var batch = _batches.Current;
                seen.AddRange(batch.Events.Select(ModelEvent.From));
                Assert.True(batch.Revision >= _seen, $"{where}: a watch went back");
                _seen = batch.Revision;
            }
        }
        catch (RevisionCompactedException) when (mayBeCompacted && from < model.Floor)
        {
            await RestartAsync(store, model.Revision);
            return;
        }

        Assert.True(expected.SequenceEqual(seen), $"{where}: a watch of {_prefix} after {from} expected {string.Join(' ', expected)}, got {string.Join(' ', seen)}");
    }

    /// <summary>Goes on with a store that was opened again.</summary>
    public Task ResumeAsync(IStore store, StoreModel model) => RestartAsync(store, _seen < model.Floor ? model.Revision : _seen);

    public async ValueTask DisposeAsync()
    {
        await _watch.DisposeAsync();
        await _batches.DisposeAsync();
    }

    private async Task RestartAsync(IStore store, long after)
    {
        await DisposeAsync();
        _seen = after;
        _watch = await store.Watch(_prefix, after);
        _batches = _watch.ReadAllAsync(default).GetAsyncEnumerator();
    }
}
