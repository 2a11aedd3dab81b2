using System.Threading.Channels;

namespace Minik8s.Kubelet.Logs;

/// <summary>Tells when something has happened to a file of that name: written, renamed, made.</summary>
internal sealed class LogChanges : IDisposable
{
    private readonly FileSystemWatcher? _watcher;
    // Many changes while nobody looks are one.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public LogChanges(string path)
    {
        try
        {
            _watcher = new FileSystemWatcher(Path.GetDirectoryName(path)!, Path.GetFileName(path)) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            _watcher.Changed += (_, _) => Signal();
            _watcher.Created += (_, _) => Signal();
            _watcher.Deleted += (_, _) => Signal();
            _watcher.Renamed += (_, _) => Signal();
            _watcher.Error += (_, _) => Signal();
            _watcher.EnableRaisingEvents = true;
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            // The user's inotify instances are used up: waiting goes by time alone then.
            _watcher?.Dispose();
            _watcher = null;
        }
    }

    /// <summary>Returns after the next change, or one since the last call, or after that long.</summary>
    public async Task WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            await _signal.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing happened that long.
        }
    }

    public void Dispose() => _watcher?.Dispose();

    private void Signal() => _signal.Writer.TryWrite(true);
}
