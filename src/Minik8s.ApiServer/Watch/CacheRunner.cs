namespace Minik8s.ApiServer.Watch;

/// <summary>
/// Keeps caches up to date as long as they are served. A cache that fails ends the whole: a server that shows an old world is worse than none.
/// </summary>
public sealed class CacheRunner(TimeProvider time) : IDisposable
{
    // Requests that had found the resource before it went may still be waiting for its cache.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<ResourceCache, (CancellationTokenSource End, Task Running)> _running = [];

    /// <summary>Fails with the failure of a cache; is cancelled when all have been stopped.</summary>
    public Task Completion => _completion.Task;

    public void Start(ResourceCache cache)
    {
        lock (_gate)
        {
            var end = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
            _running.Add(cache, (end, RunAsync(cache, end)));
        }
    }

    /// <summary>Ends a cache's watches now and itself soon after.</summary>
    public void Retire(ResourceCache cache)
    {
        cache.EndWatches();
        lock (_gate)
        {
            if (!_running.TryGetValue(cache, out var running)) return;
            _ = EndAsync(running.End);
        }
    }

    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        Task[] running;
        lock (_gate) running = [.. _running.Values.Select(r => r.Running)];
        await Task.WhenAll(running);
        _completion.TrySetCanceled();
    }

    public void Dispose() => _stopping.Dispose();

    private async Task EndAsync(CancellationTokenSource end)
    {
        try
        {
            await Task.Delay(Linger, time, end.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        await end.CancelAsync();
    }

    private async Task RunAsync(ResourceCache cache, CancellationTokenSource end)
    {
        try
        {
            await cache.RunAsync(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            lock (_gate) _running.Remove(cache);
            end.Dispose();
        }
        catch (Exception e)
        {
            _completion.TrySetException(e);
        }
    }
}
