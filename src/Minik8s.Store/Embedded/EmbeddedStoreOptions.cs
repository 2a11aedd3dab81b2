namespace Minik8s.Store.Embedded;

/// <summary>How the embedded store is opened.</summary>
public sealed record EmbeddedStoreOptions
{
    /// <summary>The database file; its directory is made when absent.</summary>
    public required string Path { get; init; }

    /// <summary>How long superseded revisions stay readable and watchable.</summary>
    public TimeSpan HistoryRetention { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The most revisions kept, however young; bounds the file under heavy writing.</summary>
    public int MaxHistoryRevisions { get; init; } = 100_000;

    /// <summary>The most events that wait for one watcher before it is cut off.</summary>
    public int WatcherBuffer { get; init; } = 16_384;

    /// <summary>The most writes committed with one fsync.</summary>
    public int MaxGroup { get; init; } = 512;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
