using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Folds the write-ahead log back into the file beside the writer, whenever enough has been written; at most one run at a time.
/// </summary>
internal sealed partial class Checkpointer(Connections connections, string path, ILogger logger) : IAsyncDisposable
{
    private const long EveryBytes = 4 << 20;
    private const long LongLog = 64 << 20;

    private long _written;
    private int _running;
    private Task _last = Task.CompletedTask;

    /// <summary>Called by the writer after each commit.</summary>
    public void Written(List<StoreEvent> events)
    {
        foreach (var e in events) _written += (e.Type == StoreEventType.Put ? e.Value.Length : 0) + 4096;
        if (_written < EveryBytes || Interlocked.Exchange(ref _running, 1) != 0) return;
        _written = 0;
        _last = Task.Run(Checkpoint);
    }

    public async ValueTask DisposeAsync() => await _last;

    private void Checkpoint()
    {
        try
        {
            // A passive run blocks nobody. Only a log that readers have kept from being reused is cut, which may make writers wait once.
            var log = new FileInfo(path + "-wal");
            var mode = log.Exists && log.Length > LongLog ? "TRUNCATE" : "PASSIVE";
            connections.Checkpoint(mode);
        }
        catch (SqliteException e)
        {
            LogFailed(e);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The write-ahead log could not be folded into the store file; tried again after further writes")]
    private partial void LogFailed(Exception exception);
}
