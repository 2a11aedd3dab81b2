using SQLitePCL;

namespace Minik8s.Store.Embedded.Sqlite;

/// <summary>One connection to a database file; used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    private const int CacheWrite = 9;
    private const int NoCheckpointOnClose = 1006;

    private readonly sqlite3 _handle;
    private readonly List<Statement> _statements = [];
    private Statement? _begin;
    private Statement? _beginWrite;
    private Statement? _commit;
    private Statement? _rollback;

    static Database() => Batteries_V2.Init();

    private Database(sqlite3 handle) => _handle = handle;

    /// <summary>How far a checkpoint goes (https://sqlite.org/c3ref/wal_checkpoint_v2.html).</summary>
    public enum CheckpointMode
    {
        /// <summary>What needs no waiting.</summary>
        Passive = 0,

        /// <summary>Everything, so that the next commit starts the log from its beginning.</summary>
        Restart = 2,

        /// <summary>Everything, and the log is cut to nothing.</summary>
        Truncate = 3,
    }

    /// <summary>Whether a transaction is open.</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_handle) == 0;

    /// <summary>Opens an existing file; an empty one becomes a database with its first write.</summary>
    public static Database Open(string path, int cacheKiB) => Open(path, cacheKiB, raw.SQLITE_OPEN_READWRITE);

    /// <summary>Opens an existing file that must not be changed.</summary>
    public static Database OpenReadOnly(string path, int cacheKiB) => Open(path, cacheKiB, raw.SQLITE_OPEN_READONLY);

    /// <summary>A statement that lives as long as the connection.</summary>
    public Statement Prepare(string sql)
    {
        Check(raw.sqlite3_prepare_v3(_handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle));
        var statement = new Statement(this, handle);
        _statements.Add(statement);
        return statement;
    }

    /// <summary>Runs one or several statements, ignoring their rows.</summary>
    public void Execute(string sql) => Check(raw.sqlite3_exec(_handle, sql));

    /// <summary>The first column of the first row.</summary>
    public long Number(string sql)
    {
        using var statement = Once(sql);
        return statement.Step() ? statement.Long(0) : 0;
    }

    /// <inheritdoc cref="Number"/>
    public string Text(string sql)
    {
        using var statement = Once(sql);
        return statement.Step() ? statement.Text(0) : "";
    }

    public void BeginRead() => (_begin ??= Prepare("BEGIN")).Run();

    public void BeginWrite() => (_beginWrite ??= Prepare("BEGIN IMMEDIATE")).Run();

    public void Commit() => (_commit ??= Prepare("COMMIT")).Run();

    /// <summary>Ends the transaction, if SQLite has not already rolled it back by itself, as after some failures.</summary>
    public void Rollback()
    {
        if (InTransaction) (_rollback ??= Prepare("ROLLBACK")).Run();
    }

    /// <summary>Whether the last connection folds the log into the file, and removes it, when it closes. Not wanted of a damaged file.</summary>
    public void SetCheckpointOnClose(bool wanted) => Check(raw.sqlite3_db_config(_handle, NoCheckpointOnClose, wanted ? 0 : 1, out _));

    public void SetBusyTimeout(TimeSpan timeout) => raw.sqlite3_busy_timeout(_handle, (int)timeout.TotalMilliseconds);

    /// <summary>
    /// Folds the log into the file. Returns the pages in the log and how many of them are folded in; (-1, -1) when another connection is at it or a reader
    /// stayed in the way for longer than the busy timeout.
    /// </summary>
    public (int Log, int Done) Checkpoint(CheckpointMode mode)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(_handle, "main", (int)mode, out var log, out var done);
        if ((code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED) return (-1, -1);
        Check(code);
        return (log, done);
    }

    /// <summary>The pages that this connection has written since the last call.</summary>
    public int TakePagesWritten()
    {
        raw.sqlite3_db_status(_handle, CacheWrite, out var pages, out _, 1);
        return pages;
    }

    public void Dispose()
    {
        foreach (var statement in _statements) statement.Dispose();
        _statements.Clear();
        _handle.Dispose();
    }

    internal void Check(int code)
    {
        if (code is raw.SQLITE_OK or raw.SQLITE_ROW or raw.SQLITE_DONE) return;
        var extended = _handle.IsInvalid ? code : raw.sqlite3_extended_errcode(_handle);
        var message = _handle.IsInvalid ? raw.sqlite3_errstr(code).utf8_to_string() : raw.sqlite3_errmsg(_handle).utf8_to_string();
        throw new SqliteFailureException(extended == 0 ? code : extended, $"{message} (SQLite code {(extended == 0 ? code : extended)})");
    }

    private static Database Open(string path, int cacheKiB, int flags)
    {
        var code = raw.sqlite3_open_v2(path, out var handle, flags | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(handle);
        try
        {
            database.Check(code);
            raw.sqlite3_extended_result_codes(handle, 1);
            database.SetBusyTimeout(TimeSpan.FromSeconds(10));
            database.Execute($"PRAGMA cache_size = -{cacheKiB}");
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    private Statement Once(string sql)
    {
        Check(raw.sqlite3_prepare_v2(_handle, sql, out var handle));
        return new Statement(this, handle);
    }
}
