using System.Collections.Concurrent;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>A few read connections, each used by one read at a time. A read runs on its caller's thread, in a snapshot that the writer does not disturb.</summary>
internal sealed class ReadPool(string path, StorePosition position, int size) : IAsyncDisposable
{
    private const int CacheKiB = 512;

    private readonly SemaphoreSlim _free = new(size);
    private readonly ConcurrentStack<ReadSession> _idle = new();
    private volatile bool _closed;

    /// <summary>Runs one read.</summary>
    /// <exception cref="StoreUnavailableException">The file cannot be read, or the store is closed.</exception>
    public async ValueTask<TResult> ReadAsync<TArgument, TResult>(
        Func<ReadSession, TArgument, CancellationToken, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        await _free.WaitAsync(cancellationToken);
        try
        {
            if (_closed) throw new StoreUnavailableException("the store is closed");
            return Read(read, argument, cancellationToken);
        }
        catch (SqliteFailureException e)
        {
            throw new StoreUnavailableException($"the store cannot be read: {e.Message}", e);
        }
        finally
        {
            _free.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed = true;
        for (var i = 0; i < size; i++) await _free.WaitAsync();
        while (_idle.TryPop(out var session)) session.Dispose();
        // Whoever still comes is told that the store is closed.
        _free.Release(size);
    }

    private TResult Read<TArgument, TResult>(Func<ReadSession, TArgument, CancellationToken, TResult> read, TArgument argument, CancellationToken cancellationToken)
    {
        if (!_idle.TryPop(out var session)) session = new ReadSession(Database.Open(path, CacheKiB), position);
        var healthy = false;
        try
        {
            session.Begin();
            var result = read(session, argument, cancellationToken);
            session.End();
            healthy = true;
            return result;
        }
        catch (Exception e) when (e is not SqliteFailureException)
        {
            session.End();
            healthy = true;
            throw;
        }
        finally
        {
            if (healthy) _idle.Push(session);
            else session.Dispose();
        }
    }
}
