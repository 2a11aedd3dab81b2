namespace Minik8s.Store;

/// <summary>
/// A key-value store with etcd's model: one global revision that every committed write increases by one, compare-and-swap by a key's
/// modification revision, ordered range reads at a revision, a watch from a revision, and compaction of history.
/// </summary>
/// <remarks>
/// Keys are text, ordered by the ordinal value of their UTF-8 bytes. An empty store is at a revision above zero. A write is acknowledged only when it would
/// survive <c>kill -9</c> and power loss. Every method throws <see cref="StoreUnavailableException"/> when the store cannot work or is closed.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>
    /// Completes when the store has been closed, and faults when it can no longer work; then the process should end, so that its supervisor starts it afresh.
    /// </summary>
    Task Completion { get; }

    /// <summary>Reads the keys in <c>[Start, End)</c>, in order.</summary>
    /// <exception cref="RevisionCompactedException">The revision asked for is older than the compaction floor.</exception>
    /// <exception cref="RevisionInFutureException">The revision asked for does not exist yet.</exception>
    ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken);

    /// <summary>
    /// Writes or deletes one key if its modification revision is the expected one; durable when it returns.
    /// A failed comparison is a result, not an exception, and carries the key's present state. The value must not be changed afterwards: watchers are given
    /// the same memory.
    /// </summary>
    /// <remarks>Cancelling gives up a write that has not been begun; one that has been begun is finished, and its outcome returned.</remarks>
    /// <exception cref="ArgumentException">The key is empty, too long, or no text; or the time to live is not positive.</exception>
    /// <exception cref="ValueTooLargeException">The value is larger than the store takes.</exception>
    /// <exception cref="StoreUnavailableException">It could not be committed, and was not acknowledged. When an answer of a remote store was lost, it may have been.</exception>
    ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken);

    /// <summary>
    /// Watches the keys in <c>[start, end)</c> for every event with a revision greater than <paramref name="afterRevision"/>, in order, without gaps.
    /// The watch is registered when this returns. A reader that falls too far behind is ended with <see cref="SlowWatcherException"/>.
    /// </summary>
    /// <exception cref="RevisionCompactedException">History after that revision is no longer complete.</exception>
    ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken);

    /// <summary>
    /// Forgets history: afterwards reads and watches below <paramref name="revision"/> fail with <see cref="RevisionCompactedException"/>; reads of that
    /// revision, and watches after it, still work, and watches that are live go on. What is compacted already stays so.
    /// </summary>
    /// <exception cref="RevisionInFutureException">The revision does not exist yet.</exception>
    ValueTask CompactAsync(long revision, CancellationToken cancellationToken);

    /// <summary>The newest committed revision, as the store (not a cache of it) knows it now.</summary>
    ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken);
}
