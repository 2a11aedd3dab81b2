namespace Minik8s.Store;

/// <summary>
/// A key-value store with etcd's model: one global revision that every committed write increases by one, compare-and-swap by a key's
/// modification revision, ordered range reads at a revision, a watch from a revision, and compaction of history.
/// </summary>
/// <remarks>
/// Keys are ordered by the ordinal value of their UTF-8 bytes. A write is acknowledged only when it would survive <c>kill -9</c> and power loss.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>Reads the keys in <c>[Start, End)</c>, in order.</summary>
    /// <exception cref="RevisionCompactedException">The revision asked for is older than the compaction floor.</exception>
    /// <exception cref="RevisionInFutureException">The revision asked for does not exist yet.</exception>
    ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Writes or deletes one key if its modification revision is the expected one; durable when it returns.
    /// A failed comparison is a result, not an exception, and carries the key's present state.
    /// </summary>
    ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Watches the keys in <c>[start, end)</c> for every event with a revision greater than <paramref name="afterRevision"/>, in order, without gaps.
    /// The watch is registered when this returns. A reader that falls too far behind is ended with <see cref="SlowWatcherException"/>.
    /// </summary>
    /// <exception cref="RevisionCompactedException">History after that revision is no longer complete.</exception>
    ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken);

    /// <summary>Forgets history: afterwards reads and watches below <paramref name="revision"/> fail with <see cref="RevisionCompactedException"/>.</summary>
    ValueTask CompactAsync(long revision, CancellationToken cancellationToken);

    /// <summary>The newest committed revision, as the store (not a cache of it) knows it now.</summary>
    ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken);
}
