using Microsoft.Extensions.Logging;
using Minik8s.Store.Embedded.Sqlite;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The one thread that writes. It commits what waits in groups with one fsync each, publishes the events, then answers the callers; in between it removes
/// expired keys and old history. One timer wakes it for those, set only while there is something to wake for.
/// </summary>
internal sealed partial class Writer : IDisposable
{
    private const int MaxGroupBytes = 4 << 20;
    private const int MaxExpiriesInGroup = 64;
    private const int MaintenanceSlice = 512;
    private static readonly TimeSpan RetryAfterFailure = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestTimer = TimeSpan.FromDays(1);

    private readonly Database _database;
    private readonly StorePosition _position;
    private readonly WatchHub _hub;
    private readonly Checkpointer _checkpointer;
    private readonly EmbeddedStoreOptions _options;
    private readonly ILogger _logger;
    private readonly WriteTransaction _transaction;
    private readonly Compactor _compactor;
    private readonly ITimer _timer;
    private readonly long _started;
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _nextExpiry;
    private TimeSpan? _armed;
    private TimeSpan? _blockedUntil;
    private bool _failing;
    private volatile bool _fired;
    private volatile Exception? _aborted;

    public Writer(Database database, StorePosition position, WatchHub hub, Checkpointer checkpointer, EmbeddedStoreOptions options, ILogger logger)
    {
        _database = database;
        _position = position;
        _hub = hub;
        _checkpointer = checkpointer;
        _options = options;
        _logger = logger;
        _transaction = new WriteTransaction(database);
        _compactor = new Compactor(database, options);
        _nextExpiry = _transaction.NextExpiry();
        _started = options.TimeProvider.GetTimestamp();
        Queue = new WriteQueue(options.MaxQueuedWrites);
        _timer = options.TimeProvider.CreateTimer(static writer => ((Writer)writer!).Fire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (position.Revision > _compactor.Floor) _compactor.Committed(Now, position.Revision);
        Schedule();
    }

    public WriteQueue Queue { get; }

    /// <summary>Completes when the queue was closed and emptied; faults when the writer can no longer go on.</summary>
    public Task Completion => _completion.Task;

    private TimeSpan Now => _options.TimeProvider.GetElapsedTime(_started);

    private bool Blocked => _blockedUntil is { } until && Now < until;

    public void Start() => new Thread(Run, 512 * 1024) { IsBackground = true, Name = "store writer" }.Start();

    public void Dispose() => _timer.Dispose();

    /// <summary>Stops the writer, which can no longer do its work.</summary>
    public void Abort(Exception fault)
    {
        _aborted = fault;
        Queue.Signal();
    }

    private void Fire()
    {
        _fired = true;
        Queue.Signal();
    }

    private void Run()
    {
        var group = new List<PendingWrite>();
        try
        {
            while (Queue.Take(group, _options.MaxGroupWrites, MaxGroupBytes, wait: !_compactor.HasWork || Blocked))
            {
                Work(group);
                group.Clear();
            }

            _completion.TrySetResult();
        }
        catch (Exception e)
        {
            Fail(group, e);
        }
    }

    private void Work(List<PendingWrite> group)
    {
        if (_aborted is { } fault) throw new InvalidOperationException($"a part of the store failed: {fault.Message}", fault);
        var utc = _options.TimeProvider.GetUtcNow();
        _compactor.Look(Now);
        var expiryDue = _nextExpiry <= utc.ToUnixTimeMilliseconds();
        if (group.Count > 0 || (expiryDue && !Blocked)) CommitGroup(group, utc, expiryDue);
        else if (_compactor.HasWork && !Blocked) Maintain();
        if (_checkpointer.WantsReset) _checkpointer.Reset(_database);
        Schedule();
    }

    private void CommitGroup(List<PendingWrite> group, DateTimeOffset now, bool expiryDue)
    {
        var floor = _compactor.Floor;
        var nextExpiry = _nextExpiry;
        try
        {
            _transaction.Begin(_position.Revision);
            if (expiryDue)
            {
                _transaction.Expire(now, group.Count == 0 ? MaintenanceSlice : MaxExpiriesInGroup);
                nextExpiry = _transaction.NextExpiry();
            }

            foreach (var write in group)
            {
                if (write.Request is { } request) write.Result = _transaction.Apply(request, write.Key, now);
                else _compactor.Raise(write.CompactTo);
            }

            // As many as are written, and more: history must not grow faster than it is removed.
            _compactor.Slice(Math.Max(64, 2 * _transaction.Events.Count));
            _transaction.Commit();
        }
        catch (SqliteFailureException e)
        {
            Undo(e);
            var failure = new StoreUnavailableException($"the store could not commit, and nothing was written: {e.Message}", e);
            foreach (var write in group) write.Done.TrySetException(failure);
            return;
        }

        Recovered();
        _compactor.Committed();
        _nextExpiry = Math.Min(nextExpiry, _transaction.EarliestExpiry);
        if (_transaction.Events.Count > 0)
        {
            // Watchers first: whoever has his answer can ask a watch for progress up to it.
            _hub.Publish(_transaction.Revision, _transaction.Events);
            _position.Reached(_transaction.Revision);
            _compactor.Committed(Now, _transaction.Revision);
        }

        if (floor != _compactor.Floor) _position.Forgot(_compactor.Floor);
        Schedule();
        foreach (var write in group) write.Done.TrySetResult(write.Result ?? new(true, _transaction.Revision, null));
        _checkpointer.Written(_database.TakePagesWritten());
    }

    /// <summary>One step of removing history while no write waits.</summary>
    private void Maintain()
    {
        try
        {
            _database.BeginWrite();
            if (_compactor.OnlyVacuum) _compactor.Vacuum();
            else _compactor.Slice(MaintenanceSlice);
            _database.Commit();
        }
        catch (SqliteFailureException e)
        {
            Undo(e);
            return;
        }

        Recovered();
        _compactor.Committed();
        _position.Forgot(_compactor.Floor);
        _checkpointer.Written(_database.TakePagesWritten());
    }

    private void Undo(SqliteFailureException failure)
    {
        _database.Rollback();
        _blockedUntil = Now + RetryAfterFailure;
        if (!_failing) LogCommitFailed(failure);
        _failing = true;
        // A log that is folded into the file is written anew from its beginning, which needs no further room on a full disk.
        _checkpointer.RunSoon();
    }

    private void Recovered()
    {
        _blockedUntil = null;
        if (_failing) LogRecovered();
        _failing = false;
    }

    /// <summary>Sets the timer for the next expiry, the next end of a retention or the next try; without any there is no timer.</summary>
    private void Schedule()
    {
        if (_fired)
        {
            // A timer may come a moment early; then it has to be set again.
            _fired = false;
            _armed = null;
        }

        var now = Now;
        var blocked = Blocked ? _blockedUntil : null;
        var due = _compactor.Due;
        if (_nextExpiry != long.MaxValue)
        {
            TimeSpan? expiry = now + (DateTimeOffset.FromUnixTimeMilliseconds(_nextExpiry) - _options.TimeProvider.GetUtcNow());
            due = Earlier(due, expiry < blocked ? blocked : expiry);
        }

        if (_compactor.HasWork) due = Earlier(due, blocked);
        if (due == _armed) return;
        _armed = due;
        if (due <= now) Fire();
        else _timer.Change(due is { } at ? Whole(at - now) : Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    private static TimeSpan Whole(TimeSpan wait) => TimeSpan.FromMilliseconds(Math.Min(Math.Ceiling(wait.TotalMilliseconds), LongestTimer.TotalMilliseconds));

    private static TimeSpan? Earlier(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other : one;

    private void Fail(List<PendingWrite> group, Exception fault)
    {
        LogWriterFailed(fault);
        var failure = new StoreUnavailableException($"the store's writer failed: {fault.Message}", fault);
        Queue.Close(failure);
        do
        {
            foreach (var write in group) write.Done.TrySetException(failure);
            group.Clear();
        }
        while (Queue.Take(group, int.MaxValue, int.MaxValue, wait: false));
        _hub.Close(failure);
        _completion.TrySetException(fault);
    }

    [LoggerMessage(LogLevel.Critical, "The store's writer failed; the store takes no more writes")]
    private partial void LogWriterFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "The store cannot commit; writes are refused until it can")]
    private partial void LogCommitFailed(Exception exception);

    [LoggerMessage(LogLevel.Information, "The store commits again")]
    private partial void LogRecovered();
}
