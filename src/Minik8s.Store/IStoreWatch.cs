namespace Minik8s.Store;

/// <summary>A running watch. Dispose it to end it.</summary>
public interface IStoreWatch : IAsyncDisposable
{
    /// <summary>
    /// The batches in revision order. A batch without events is a progress notice: everything up to its revision has been delivered.
    /// Ends with an exception when the watch can no longer be complete (<see cref="SlowWatcherException"/>, <see cref="RevisionCompactedException"/>, or
    /// <see cref="StoreUnavailableException"/> when the store is closed), and without one when the watch is disposed of. Can be read once.
    /// </summary>
    IAsyncEnumerable<WatchBatch> ReadAllAsync(CancellationToken cancellationToken);

    /// <summary>Asks for a progress notice that carries a revision at least as new as every one that this store has told a caller until now.</summary>
    ValueTask RequestProgressAsync(CancellationToken cancellationToken);
}

/// <summary>Events of one or more commits, complete up to <paramref name="Revision"/>.</summary>
public sealed record WatchBatch(long Revision, IReadOnlyList<StoreEvent> Events);

/// <summary>What happened to a key.</summary>
public enum StoreEventType
{
    Put,
    Delete,
}

/// <summary>One change of one key.</summary>
/// <param name="Type">Put or delete.</param>
/// <param name="Key">The key.</param>
/// <param name="Revision">The revision of this change.</param>
/// <param name="Value">The new value; the value before the change when <paramref name="Type"/> is a delete.</param>
/// <param name="CreateRevision">The revision at which the key was created.</param>
/// <param name="PreviousValue">The value before the change; null when the key was created by it, or when history no longer holds it.</param>
public sealed record StoreEvent(
    StoreEventType Type,
    string Key,
    long Revision,
    ReadOnlyMemory<byte> Value,
    long CreateRevision,
    ReadOnlyMemory<byte>? PreviousValue)
{
    /// <summary>Whether this change brought the key into being.</summary>
    public bool IsCreate => Type == StoreEventType.Put && CreateRevision == Revision;
}
