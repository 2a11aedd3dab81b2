namespace Minik8s.Store;

/// <summary>The revision asked for was compacted away; read again from a newer one.</summary>
public sealed class RevisionCompactedException(long requested, long floor)
    : Exception($"revision {requested} has been compacted; the oldest complete revision is {floor}")
{
    public long Requested { get; } = requested;

    public long Floor { get; } = floor;
}

/// <summary>The revision asked for has not been reached.</summary>
public sealed class RevisionInFutureException(long requested, long current)
    : Exception($"revision {requested} is in the future; the current revision is {current}")
{
    public long Requested { get; } = requested;

    public long Current { get; } = current;
}

/// <summary>A watcher did not read fast enough and was cut off; it must read the range again and watch from there.</summary>
public sealed class SlowWatcherException() : Exception("the watcher did not keep up and was cut off");

/// <summary>The store cannot commit (disk full, damaged file, peer out of reach); nothing was acknowledged.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The value is larger than the store takes.</summary>
public sealed class ValueTooLargeException(string message, Exception? inner = null) : ArgumentException(message, inner);
