using Microsoft.Extensions.Logging;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Folds the write-ahead log back into the file on a thread and a connection of its own, so that commits do not wait for it. A log that is written without
/// a pause is never folded in wholly that way; when it has become long, the writer is asked for the small rest (<see cref="WantsReset"/>).
/// </summary>
internal sealed partial class Checkpointer(Database database, int everyPages, ILogger logger) : IDisposable
{
    private const int LongLogFactor = 4;
    private static readonly TimeSpan ResetPatience = TimeSpan.FromMilliseconds(50);

    private readonly SemaphoreSlim _wake = new(0);
    private Thread? _thread;
    private int _written;
    private volatile bool _running;
    private volatile bool _wantsReset;
    private volatile bool _stopping;

    /// <summary>Whether the writer should call <see cref="Reset"/> between two groups.</summary>
    public bool WantsReset => _wantsReset;

    public void Start(Action<Exception> failed)
    {
        // SQLite finds out with the first read that the file has a log.
        database.Number("SELECT count(*) FROM sqlite_schema");
        _thread = new Thread(() =>
        {
            try
            {
                Loop();
            }
            catch (Exception e)
            {
                failed(e);
            }
        }, 256 * 1024) { IsBackground = true, Name = "store checkpoint" };
        _thread.Start();
    }

    /// <summary>Called by the writer after each commit with the pages it wrote.</summary>
    public void Written(int pages)
    {
        _written += pages;
        if (_written < everyPages || _running) return;
        _written = 0;
        _running = true;
        _wake.Release();
    }

    /// <summary>Called by the writer when a commit failed.</summary>
    public void RunSoon()
    {
        _written = everyPages;
        Written(0);
    }

    /// <summary>Called by the writer, on its connection: folds in the rest, so that the next commit starts the log from its beginning.</summary>
    public void Reset(Database writer)
    {
        _wantsReset = false;
        try
        {
            // A reader that stays longer than this is not waited for; the next background run asks again.
            writer.SetBusyTimeout(ResetPatience);
            writer.Checkpoint(Database.CheckpointMode.Restart);
        }
        catch (SqliteFailureException e)
        {
            LogFailed(e);
        }
        finally
        {
            writer.SetBusyTimeout(TimeSpan.FromSeconds(10));
        }
    }

    public void Dispose()
    {
        _stopping = true;
        _wake.Release();
        _thread?.Join();
        _wake.Dispose();
        database.Dispose();
    }

    private void Loop()
    {
        var failing = false;
        while (true)
        {
            _wake.Wait();
            if (_stopping) return;
            try
            {
                var (log, _) = database.Checkpoint(Database.CheckpointMode.Passive);
                if (log > everyPages * LongLogFactor) _wantsReset = true;
                failing = false;
            }
            catch (SqliteFailureException e)
            {
                if (!failing) LogFailed(e);
                failing = true;
            }

            _running = false;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The write-ahead log could not be folded into the store file; it is tried again after further writes")]
    private partial void LogFailed(Exception exception);
}
