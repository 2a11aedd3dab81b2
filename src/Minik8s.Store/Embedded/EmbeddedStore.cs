using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The store in a SQLite file (WAL). One writer thread commits waiting writes in groups, each group with one fsync; readers work in snapshots beside it;
/// watches are served from memory.
/// </summary>
public sealed partial class EmbeddedStore : IStore
{
    private static readonly TimeSpan RetryCompaction = TimeSpan.FromSeconds(10);

    private readonly EmbeddedStoreOptions _options;
    private readonly ILogger _logger;
    private readonly FileStream _lock;
    private readonly Connections _connections;
    private readonly SqliteConnection _writer;
    private readonly WriteGroup _group;
    private readonly Compactor _compactor;
    private readonly WatchHub _hub;
    private readonly Checkpointer _checkpointer;
    private readonly Channel<Pending> _pending = Channel.CreateUnbounded<Pending>(new() { SingleReader = true });
    private readonly ITimer _timer;
    private readonly Task _loop;
    private long _revision;
    private long _floor;
    private bool _compactionFailed;
    private int _disposed;

    private EmbeddedStore(EmbeddedStoreOptions options, ILogger logger, FileStream heldLock)
    {
        _options = options;
        _logger = logger;
        _lock = heldLock;
        _connections = new Connections(options.Path);
        _writer = _connections.OpenWriter();
        Schema.Prepare(_writer, options.Path);
        _revision = _writer.ScalarLong("SELECT value FROM meta WHERE name = 'revision'");
        _floor = _writer.ScalarLong("SELECT value FROM meta WHERE name = 'floor'");
        _group = new WriteGroup(_writer);
        _compactor = new Compactor(_writer, options, _floor);
        _compactor.Committed(options.Time.GetUtcNow(), _revision);
        _hub = new WatchHub(_revision, options.WatcherBuffer);
        _checkpointer = new Checkpointer(_connections, options.Path, logger);
        _timer = options.Time.CreateTimer(_ => _pending.Writer.TryWrite(Pending.Wake), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Schedule();
        _loop = Task.Factory.StartNew(Run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Opens the store, making it when absent.</summary>
    /// <exception cref="StoreUnavailableException">The file is damaged, in use by another process, of a newer version, or cannot be written.</exception>
    public static Task<EmbeddedStore> OpenAsync(EmbeddedStoreOptions options, ILogger logger, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            var directory = Path.GetDirectoryName(Path.GetFullPath(options.Path))!;
            FileStream? held = null;
            try
            {
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
                held = new FileStream(options.Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
                if (!File.Exists(options.Path)) new FileStream(options.Path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }).Dispose();
                return new EmbeddedStore(options, logger, held);
            }
            catch (IOException e) when (held is null)
            {
                throw new StoreUnavailableException($"the store {options.Path} is in use by another process, or its directory cannot be written: {e.Message}", e);
            }
            catch (Exception e) when (e is SqliteException or UnauthorizedAccessException)
            {
                held?.Dispose();
                throw new StoreUnavailableException($"cannot open the store {options.Path}: {e.Message}", e);
            }
            catch
            {
                held?.Dispose();
                throw;
            }
        },
        cancellationToken);

    public ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return new(_connections.Read(c => HistoryReader.Range(c, query)));
        }
        catch (SqliteException e)
        {
            throw new StoreUnavailableException($"cannot read the store: {e.Message}", e);
        }
    }

    public async ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(request.Key);
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new Pending(request);
        if (!_pending.Writer.TryWrite(pending)) throw new StoreUnavailableException("the store is closed");
        // A write that has been handed over is committed or refused, whether or not the caller still waits.
        return await pending.Done.Task;
    }

    public ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var floor = Volatile.Read(ref _floor);
        if (afterRevision < floor) throw new RevisionCompactedException(afterRevision, floor);
        return new(new EmbeddedWatch(_connections, _hub.Subscribe(start, end), start, end, afterRevision));
    }

    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        var current = Volatile.Read(ref _revision);
        if (revision > current) throw new RevisionInFutureException(revision, current);
        var pending = new Pending(null) { CompactTo = revision };
        if (!_pending.Writer.TryWrite(pending)) throw new StoreUnavailableException("the store is closed");
        await pending.Done.Task.WaitAsync(cancellationToken);
    }

    public ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken) => new(Volatile.Read(ref _revision));

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _timer.DisposeAsync();
        _pending.Writer.TryComplete();
        await _loop;
        await _checkpointer.DisposeAsync();
        _hub.Close(null);
        _group.Dispose();
        _connections.Dispose();
        // The last connection folds the log into the file when it closes.
        _writer.Dispose();
        await _lock.DisposeAsync();
    }

    /// <summary>Bounds the file's size in pages, as a full disk would; for tests.</summary>
    internal void LimitPages(int pages) => _writer.Execute($"PRAGMA max_page_count = {pages}");

    private void Run()
    {
        try
        {
            Loop();
        }
        catch (Exception e)
        {
            // Whoever waits, or comes later, hears of it; the fault itself surfaces when the store is disposed of.
            LogWriterFailed(e);
            var failure = new StoreUnavailableException($"the store's writer failed: {e.Message}", e);
            _pending.Writer.TryComplete(failure);
            while (_pending.Reader.TryRead(out var pending)) pending.Done.TrySetException(failure);
            _hub.Close(failure);
            throw;
        }
    }

    private void Loop()
    {
        var group = new List<Pending>();
        while (_pending.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            while (group.Count < _options.MaxGroup && _pending.Reader.TryRead(out var next))
            {
                if (next != Pending.Wake) group.Add(next);
            }

            try
            {
                Commit(group);
            }
            catch (Exception e)
            {
                foreach (var pending in group) pending.Done.TrySetException(new StoreUnavailableException($"the store's writer failed: {e.Message}", e));
                throw;
            }

            Maintain();
        }
    }

    private void Commit(List<Pending> group)
    {
        var now = _options.Time.GetUtcNow();
        var revision = _revision;
        var events = new List<StoreEvent>();
        try
        {
            _writer.InTransaction(() =>
            {
                foreach (var key in Expired(now)) _group.Apply(new WriteRequest(key, null, null), now, ref revision, events);
                foreach (var pending in group)
                {
                    if (pending.Request is { } request) pending.Result = _group.Apply(request, now, ref revision, events);
                    else _compactor.Raise(pending.CompactTo);
                }

                if (revision != _revision) _group.Advance(revision);
            });
        }
        catch (SqliteException e)
        {
            LogCommitFailed(e);
            var failure = new StoreUnavailableException($"the store could not commit: {e.Message}", e);
            foreach (var pending in group) pending.Done.TrySetException(failure);
            return;
        }

        if (events.Count > 0)
        {
            Volatile.Write(ref _revision, revision);
            _compactor.Committed(now, revision);
            _hub.Publish(revision, events);
            _checkpointer.Written(events);
        }

        foreach (var pending in group)
        {
            if (pending.Request is not null) pending.Done.TrySetResult(pending.Result!);
        }

        foreach (var pending in group.Where(p => p.Request is null))
        {
            while (_compactor.Floor < pending.CompactTo && TryCompact())
            {
            }

            pending.Done.TrySetResult(new(true, _revision, null));
        }
    }

    private List<string> Expired(DateTimeOffset now)
    {
        using var command = _writer.Prepared("SELECT key FROM current WHERE expires <= $now LIMIT 500", "$now");
        using var reader = command.With(0, now.ToUnixTimeMilliseconds()).ExecuteReader();
        var keys = new List<string>();
        while (reader.Read()) keys.Add(reader.GetString(0));
        return keys;
    }

    /// <summary>Compacts while nobody waits, then sets the timer for the next expiry or compaction; without either there is no timer.</summary>
    private void Maintain()
    {
        _compactor.Look(_options.Time.GetUtcNow());
        while (_compactor.HasWork && !_pending.Reader.TryPeek(out _) && TryCompact())
        {
        }

        Schedule();
    }

    private bool TryCompact()
    {
        try
        {
            _compactor.RunStep();
            Volatile.Write(ref _floor, _compactor.Floor);
            _compactionFailed = false;
            return true;
        }
        catch (SqliteException e)
        {
            _compactionFailed = true;
            LogCompactionFailed(e);
            return false;
        }
    }

    private void Schedule()
    {
        var now = _options.Time.GetUtcNow();
        var next = _compactor.Due;
        var expiry = _writer.ScalarLong("SELECT min(expires) FROM current WHERE expires IS NOT NULL");
        if (expiry > 0 && DateTimeOffset.FromUnixTimeMilliseconds(expiry) is var at && (next is null || at < next)) next = at;
        if (_compactor.HasWork) next = now + (_compactionFailed ? RetryCompaction : TimeSpan.Zero);
        var wait = next is null ? Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp((next.Value - now).TotalMilliseconds, 1, int.MaxValue));
        if (Volatile.Read(ref _disposed) == 0) _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    [LoggerMessage(LogLevel.Critical, "The store's writer failed; the store takes no more writes")]
    private partial void LogWriterFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "A commit failed; nothing of it was acknowledged")]
    private partial void LogCommitFailed(Exception exception);

    [LoggerMessage(LogLevel.Warning, "Compaction failed and will be tried again in some seconds")]
    private partial void LogCompactionFailed(Exception exception);

    private sealed class Pending(WriteRequest? request)
    {
        /// <summary>Wakes the writer for expiries and compaction.</summary>
        public static readonly Pending Wake = new(null);

        public WriteRequest? Request { get; } = request;

        public long CompactTo { get; init; }

        public WriteResult? Result { get; set; }

        public TaskCompletionSource<WriteResult> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
