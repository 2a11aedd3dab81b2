using System.Text;

namespace Minik8s.Store.Tests;

/// <summary>Short forms of what tests do with a store all the time.</summary>
internal static class StoreReading
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static string Text(this ReadOnlyMemory<byte> value) => Encoding.UTF8.GetString(value.Span);

    public static string? Text(this ReadOnlyMemory<byte>? value) => value?.Text();

    public static Task<WriteResult> Put(this IStore store, string key, string value, long? expected = null, TimeSpan? life = null) =>
        store.WriteAsync(new WriteRequest(key, Encoding.UTF8.GetBytes(value), expected, life), default).AsTask();

    public static Task<WriteResult> Delete(this IStore store, string key, long? expected = null) =>
        store.WriteAsync(new WriteRequest(key, null, expected), default).AsTask();

    public static async Task<KeyValue?> Get(this IStore store, string key, long revision = 0) =>
        (await store.RangeAsync(new RangeQuery(key, Revision: revision), default)).Items.SingleOrDefault();

    /// <summary>The keys with the prefix as "key=value".</summary>
    public static async Task<string[]> List(this IStore store, string prefix, long revision = 0) =>
        [.. (await store.RangeAsync(RangeQuery.Prefix(prefix, revision), default)).Items.Select(i => $"{i.Key}={i.Value.Text()}")];

    public static ValueTask<long> Revision(this IStore store) => store.CurrentRevisionAsync(default);

    public static async Task<IStoreWatch> Watch(this IStore store, string prefix, long after) =>
        await store.WatchAsync(prefix, KeyRange.PrefixEnd(prefix), after, default);

    /// <summary>The batches until one that satisfies the condition, that one included.</summary>
    public static async Task<List<WatchBatch>> Until(this IStoreWatch watch, Func<WatchBatch, bool> last)
    {
        using var limit = new CancellationTokenSource(Limit);
        var batches = new List<WatchBatch>();
        await foreach (var batch in watch.ReadAllAsync(limit.Token))
        {
            batches.Add(batch);
            if (last(batch)) return batches;
        }

        throw new InvalidOperationException("the watch ended");
    }

    /// <summary>The next so many events.</summary>
    public static async Task<List<StoreEvent>> Take(this IStoreWatch watch, int count)
    {
        var missing = count;
        var batches = count == 0 ? [] : await watch.Until(b => (missing -= b.Events.Count) <= 0);
        return [.. batches.SelectMany(b => b.Events)];
    }

    /// <summary>Every event of the prefix after a revision up to the store's present one.</summary>
    public static async Task<List<StoreEvent>> History(this IStore store, string prefix, long after)
    {
        var present = await store.Revision();
        await using var watch = await store.Watch(prefix, after);
        await watch.RequestProgressAsync(default);
        var batches = await watch.Until(b => b.Revision >= present);
        return [.. batches.SelectMany(b => b.Events)];
    }
}
