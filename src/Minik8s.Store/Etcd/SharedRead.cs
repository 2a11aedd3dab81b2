namespace Minik8s.Store.Etcd;

/// <summary>
/// One read for all who ask at the same time. Whoever asks gets a read that began after he asked, so that what he learns is not older than his question.
/// </summary>
internal sealed class SharedRead(Func<Task<long>> read)
{
    private readonly Lock _gate = new();
    private Task<long>? _running;
    private Task<long>? _next;

    public async Task<long> ReadAsync(CancellationToken cancellationToken)
    {
        Task<long> mine;
        lock (_gate) mine = _next ??= AfterAsync(_running);
        return await mine.WaitAsync(cancellationToken);
    }

    private async Task<long> AfterAsync(Task<long>? before)
    {
        // Not before the caller has left the lock.
        await Task.Yield();
        if (before is not null) await ((Task)before).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
        {
            _running = _next;
            _next = null;
        }

        return await read();
    }
}
