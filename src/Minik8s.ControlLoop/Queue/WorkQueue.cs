namespace Minik8s.ControlLoop;

/// <summary>
/// The queue between event handlers and workers (client-go's workqueue). A key waits at most once; a key that is added while a worker has it is
/// given out again after <see cref="Done"/>, so no two workers have the same key at a time and no change is lost.
/// </summary>
public sealed class WorkQueue<TKey> : IDisposable
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly BackOff _backOff;
    private readonly Queue<TKey> _ready = new();
    private readonly HashSet<TKey> _dirty = [];
    private readonly HashSet<TKey> _processing = [];
    private readonly Dictionary<TKey, int> _failures = [];
    private readonly DelayedAdds<TKey> _delayed = new();
    private readonly Queue<TaskCompletionSource<WorkItem<TKey>>> _waiters = new();
    private readonly ITimer _timer;
    private TaskCompletionSource? _drained;
    private bool _shutDown;

    /// <param name="name">The name in logs and metrics.</param>
    /// <param name="time">The clock of delays.</param>
    /// <param name="backOff">The delays of <see cref="AddRateLimited"/>; by default <see cref="BackOff.WorkItems"/>.</param>
    public WorkQueue(string name, TimeProvider time, BackOff? backOff = null)
    {
        Name = name;
        _time = time;
        _backOff = backOff ?? BackOff.WorkItems;
        _timer = time.CreateTimer(static queue => ((WorkQueue<TKey>)queue!).AddDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The name in logs and metrics.</summary>
    public string Name { get; }

    /// <summary>How many keys are ready to be taken.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _ready.Count;
        }
    }

    /// <summary>Whether <see cref="ShutDown"/> was called.</summary>
    public bool IsShutDown
    {
        get
        {
            lock (_lock) return _shutDown;
        }
    }

    /// <summary>Makes a key ready, unless it is already waiting.</summary>
    public void Add(TKey key)
    {
        lock (_lock) AddLocked(key);
    }

    /// <summary>Makes a key ready after a delay; of several delays of one key the earliest counts.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        lock (_lock)
        {
            if (_shutDown) return;
            if (delay <= TimeSpan.Zero)
            {
                AddLocked(key);
                return;
            }

            _delayed.Add(key, _time.GetUtcNow() + delay);
            SetTimer();
        }
    }

    /// <summary>Makes a key ready after a delay that doubles with each call until <see cref="Forget"/>.</summary>
    public void AddRateLimited(TKey key)
    {
        int failures;
        lock (_lock)
        {
            failures = _failures.GetValueOrDefault(key);
            _failures[key] = failures + 1;
        }

        AddAfter(key, _backOff.Delay(failures));
    }

    /// <summary>The key succeeded, or is given up: its next failure starts from the shortest delay.</summary>
    public void Forget(TKey key)
    {
        lock (_lock) _failures.Remove(key);
    }

    /// <summary>How often a key was added by <see cref="AddRateLimited"/> since the last <see cref="Forget"/>.</summary>
    public int Requeues(TKey key)
    {
        lock (_lock) return _failures.GetValueOrDefault(key);
    }

    /// <summary>Waits for a key; its holder calls <see cref="Done"/> when finished with it. An item without a key means that the queue has shut down.</summary>
    public async ValueTask<WorkItem<TKey>> TakeAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource<WorkItem<TKey>> waiter;
        lock (_lock)
        {
            if (_ready.TryDequeue(out var key)) return Give(key);
            if (_shutDown) return default;
            waiter = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Enqueue(waiter);
        }

        await using var registration = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource<WorkItem<TKey>>)state!).TrySetCanceled(token), waiter);
        return await waiter.Task;
    }

    /// <summary>Ends the work on a key that <see cref="TakeAsync"/> gave.</summary>
    public void Done(TKey key)
    {
        lock (_lock)
        {
            _processing.Remove(key);
            if (_dirty.Contains(key)) Offer(key);
            if (_processing.Count == 0 && _ready.Count == 0) _drained?.TrySetResult();
        }
    }

    /// <summary>Takes no more keys; what is ready is still given out, what waits for its time is dropped.</summary>
    public void ShutDown()
    {
        lock (_lock)
        {
            _shutDown = true;
            while (_waiters.TryDequeue(out var waiter)) waiter.TrySetResult(default);
        }

        _timer.Dispose();
    }

    /// <summary><see cref="ShutDown"/>, then waits until the workers are done with every key.</summary>
    public async Task ShutDownWithDrainAsync(CancellationToken cancellationToken)
    {
        ShutDown();
        TaskCompletionSource drained;
        lock (_lock)
        {
            if (_processing.Count == 0 && _ready.Count == 0) return;
            drained = _drained ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        await drained.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The same as <see cref="ShutDown"/>.</summary>
    public void Dispose() => ShutDown();

    private void AddLocked(TKey key)
    {
        if (_shutDown || !_dirty.Add(key) || _processing.Contains(key)) return;
        Offer(key);
    }

    private void Offer(TKey key)
    {
        while (_waiters.TryDequeue(out var waiter))
        {
            // The key is marked first: the waiter may run at once.
            var item = Give(key);
            if (waiter.TrySetResult(item)) return;
            _processing.Remove(key);
            _dirty.Add(key);
        }

        _ready.Enqueue(key);
    }

    private WorkItem<TKey> Give(TKey key)
    {
        _processing.Add(key);
        _dirty.Remove(key);
        return new(true, key);
    }

    private void AddDue()
    {
        lock (_lock)
        {
            if (_shutDown) return;
            var now = _time.GetUtcNow();
            while (_delayed.TryTake(now, out var key)) AddLocked(key);
            SetTimer();
        }
    }

    private void SetTimer()
    {
        if (_delayed.Next is not { } next) return;
        var delay = next - _time.GetUtcNow();
        // Timers count in whole milliseconds: rounding up keeps one from firing just before its time, over and over.
        _timer.Change(delay <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
