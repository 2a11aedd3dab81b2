using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>Opens connections to one database and keeps idle readers for the next read.</summary>
internal sealed class Connections(string path) : IDisposable
{
    private const int IdleReaders = 4;
    private readonly ConcurrentBag<SqliteConnection> _idle = [];
    private volatile bool _disposed;

    public SqliteConnection OpenWriter()
    {
        var connection = Open();
        // The last commits must be on disk when they are acknowledged, so every commit of the log is synced.
        connection.Execute("PRAGMA synchronous = FULL");
        connection.Execute("PRAGMA wal_autocheckpoint = 0");
        connection.Execute("PRAGMA cache_size = -1024");
        return connection;
    }

    /// <summary>Runs one read in a snapshot of its own.</summary>
    public T Read<T>(Func<SqliteConnection, T> read)
    {
        if (!_idle.TryTake(out var connection))
        {
            connection = Open();
            connection.Execute("PRAGMA cache_size = -256");
        }

        try
        {
            connection.Execute("BEGIN");
            return read(connection);
        }
        finally
        {
            connection.Execute("ROLLBACK");
            if (_disposed || _idle.Count >= IdleReaders) connection.Dispose();
            else _idle.Add(connection);
        }
    }

    /// <summary>Folds the log into the file, on a connection of its own.</summary>
    public void Checkpoint(string mode)
    {
        using var connection = Open();
        connection.Execute($"PRAGMA wal_checkpoint({mode})");
    }

    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        connection.Open();
        connection.Execute("PRAGMA busy_timeout = 10000");
        return connection;
    }
}
