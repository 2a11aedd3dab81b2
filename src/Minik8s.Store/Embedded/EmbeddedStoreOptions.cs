namespace Minik8s.Store.Embedded;

/// <summary>How the embedded store is opened.</summary>
public sealed record EmbeddedStoreOptions
{
    /// <summary>The database file; it and its directory are made when absent, readable by their owner only.</summary>
    public required string Path { get; init; }

    /// <summary>The clock of expiries and of compaction.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>How long superseded revisions stay readable and watchable (the API server's default compaction interval in Kubernetes).</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most revisions of history kept, however young; bounds the file under heavy writing.</summary>
    public int MaxHistoryRevisions { get; init; } = 50_000;

    /// <summary>The most events that wait for one watcher before it is cut off.</summary>
    public int WatcherBufferEvents { get; init; } = 16_384;

    /// <summary>The most bytes of events that wait for one watcher before it is cut off.</summary>
    public long WatcherBufferBytes { get; init; } = 8 << 20;

    /// <summary>The most writes committed with one fsync.</summary>
    public int MaxGroupWrites { get; init; } = 512;

    /// <summary>The most writes that wait for the writer; further callers wait before they are queued.</summary>
    public int MaxQueuedWrites { get; init; } = 4096;

    /// <summary>The most reads that run at the same time; each has a connection with a small page cache.</summary>
    public int MaxReaders { get; init; } = 4;

    /// <summary>Pages (of 4 KiB) written to the log before they are folded into the file in the background.</summary>
    public int CheckpointPages { get; init; } = 1000;
}
