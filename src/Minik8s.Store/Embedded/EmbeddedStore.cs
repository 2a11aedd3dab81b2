using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Store.Embedded.Sqlite;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The store in a SQLite file with a write-ahead log. One writer thread commits waiting writes in groups, each group with one fsync; reads work in snapshots
/// beside it; watches are served from memory. See docs/design/0001-embedded-store.md.
/// </summary>
public sealed class EmbeddedStore : IStore
{
    private const int WriterCacheKiB = 2048;
    private const int CheckpointCacheKiB = 64;
    private const int MaxValueBytes = 64 << 20;

    private readonly EmbeddedStoreOptions _options;
    private readonly FileStream _lock;
    private readonly Database _database;
    private readonly StorePosition _position;
    private readonly ReadPool _reads;
    private readonly WatchHub _hub;
    private readonly Checkpointer _checkpointer;
    private readonly Writer _writer;
    private readonly Lock _closing = new();
    private Task? _closed;

    private EmbeddedStore(EmbeddedStoreOptions options, ILogger logger, FileStream heldLock, Database database)
    {
        _options = options;
        _lock = heldLock;
        _database = database;
        _position = new StorePosition(
            database.Number("SELECT value FROM meta WHERE name = 'revision'"), database.Number("SELECT value FROM meta WHERE name = 'floor'"));
        _reads = new ReadPool(options.Path, _position, options.MaxReaders);
        _hub = new WatchHub(_position.Revision);
        _checkpointer = new Checkpointer(Database.Open(options.Path, CheckpointCacheKiB), options.CheckpointPages, logger);
        _writer = new Writer(database, _position, _hub, _checkpointer, options, logger);
        _checkpointer.Start(_writer.Abort);
        _writer.Start();
    }

    /// <inheritdoc/>
    /// <remarks>A full disk is no such fault: writes fail with <see cref="StoreUnavailableException"/> until there is room.</remarks>
    public Task Completion => _writer.Completion;

    /// <summary>Opens the store, making it when absent, after checking the file's integrity.</summary>
    /// <exception cref="StoreUnavailableException">
    /// The file is damaged, in use by another process, of a newer version, of another program, or cannot be made; the message says what to do.
    /// </exception>
    public static Task<EmbeddedStore> OpenAsync(EmbeddedStoreOptions options, ILoggerFactory? loggerFactory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        return Task.Run(() => Open(options with { Path = Path.GetFullPath(options.Path) }, loggerFactory ?? NullLoggerFactory.Instance), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _reads.ReadAsync(static (session, query, cancellation) => session.Range(query, cancellation), query, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return SubmitAsync(new PendingWrite(request, Checked(request)), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(end);
        cancellationToken.ThrowIfCancellationRequested();
        if (afterRevision < _position.Floor) throw new RevisionCompactedException(afterRevision, _position.Floor);
        var buffer = new WatchBuffer(start, end, _options.WatcherBufferEvents, _options.WatcherBufferBytes);
        return new(new EmbeddedWatch(_reads, _hub, _position, buffer, afterRevision));
    }

    /// <inheritdoc/>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        var current = _position.Revision;
        if (revision > current) throw new RevisionInFutureException(revision, current);
        await SubmitAsync(new PendingWrite(revision), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken) => new(_position.Revision);

    /// <summary>Finishes the writes that are waiting, ends the watches, folds the log into the file and releases it.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closed;
        lock (_closing) closed = _closed ??= Task.Run(CloseAsync);
        await closed;
    }

    /// <summary>For tests: a part of the store fails in a way that nobody foresaw.</summary>
    internal void Abort(Exception fault) => _writer.Abort(fault);

    private static EmbeddedStore Open(EmbeddedStoreOptions options, ILoggerFactory loggerFactory)
    {
        var held = StoreFiles.Claim(options.Path);
        Database? database = null;
        try
        {
            database = Database.Open(options.Path, WriterCacheKiB);
            Schema.Prepare(database, options.Path);
            return new EmbeddedStore(options, loggerFactory.CreateLogger<EmbeddedStore>(), held, database);
        }
        catch (Exception e)
        {
            database?.Dispose();
            held.Dispose();
            if (e is SqliteFailureException { IsDamage: true }) throw Schema.Damaged(options.Path, e.Message, e);
            if (e is SqliteFailureException) throw new StoreUnavailableException($"cannot open the store {options.Path}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>The key in UTF-8; refuses what would fail the whole group that it is in.</summary>
    private static byte[] Checked(WriteRequest request)
    {
        if (request.Value?.Length > MaxValueBytes) throw new ValueTooLargeException($"a value must not be longer than {MaxValueBytes} bytes");
        return StoreKeys.Checked(request);
    }

    private async ValueTask<WriteResult> SubmitAsync(PendingWrite write, CancellationToken cancellationToken)
    {
        await _writer.Queue.EnqueueAsync(write, cancellationToken);
        if (!cancellationToken.CanBeCanceled) return await write.Done.Task;
        await using var registration = cancellationToken.UnsafeRegister(static (write, cancelled) => ((PendingWrite)write!).Cancel(cancelled), write);
        return await write.Done.Task;
    }

    private async Task CloseAsync()
    {
        var reason = new StoreUnavailableException("the store is closed");
        _writer.Queue.Close(reason);
        // Its fault has been logged and stays in Completion; what is open has to be closed all the same.
        await _writer.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _writer.Dispose();
        _hub.Close(reason);
        await _reads.DisposeAsync();
        _checkpointer.Dispose();
        // The last connection folds the log into the file when it closes, and removes it.
        _database.Dispose();
        await _lock.DisposeAsync();
    }
}
