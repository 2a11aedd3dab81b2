using Minik8s.ControlLoop;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Queue;

/// <summary>
/// The pods without a node. One is taken at a time, by priority, then by age. A pod that fits nowhere waits until something changes that its filters
/// care about, so that a full cluster costs nothing; a pod whose binding failed waits a growing time.
/// </summary>
internal sealed class SchedulingQueue : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly BackOff _backOff;
    private readonly TimeSpan _unschedulableTimeout;
    private readonly Dictionary<string, QueuedPod> _pods = [];
    private readonly PriorityQueue<QueuedPod, (long, long)> _active = new();
    private readonly PriorityQueue<QueuedPod, DateTimeOffset> _timed = new();
    private readonly SemaphoreSlim _available = new(0);
    private readonly ITimer _timer;
    private long _sequence;

    public SchedulingQueue(SchedulerOptions options, TimeProvider time)
    {
        _time = time;
        _backOff = new BackOff(options.InitialBackOff, options.MaxBackOff);
        _unschedulableTimeout = options.UnschedulableTimeout;
        _timer = time.CreateTimer(static queue => ((SchedulingQueue)queue!).MoveDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Where a pod is.</summary>
    public QueuePlace PlaceOf(string uid)
    {
        lock (_lock) return _pods.TryGetValue(uid, out var entry) ? entry.Place : QueuePlace.Gone;
    }

    /// <summary>Takes up a new pod, or a new state of one. <paramref name="changed"/>: more than its status differs, so that it may fit now.</summary>
    public void Set(PodInfo pod, bool changed)
    {
        lock (_lock)
        {
            if (!_pods.TryGetValue(pod.Uid, out var entry))
            {
                entry = new QueuedPod(pod);
                _pods.Add(pod.Uid, entry);
                entry.Sequence = ++_sequence;
                ActivateLocked(entry);
                return;
            }

            entry.Pod = pod;
            if (!changed) return;
            entry.Changed = true;
            if (entry.Place == QueuePlace.Unschedulable) WakeLocked(entry);
            SetTimerLocked();
        }
    }

    /// <summary>The pod is gone, or has its node.</summary>
    public void Remove(string uid)
    {
        lock (_lock)
        {
            if (_pods.Remove(uid, out var entry)) entry.Place = QueuePlace.Gone;
        }
    }

    /// <summary>Something changed in the cluster: pods that wait for it are tried again.</summary>
    public void Wake(WakeUps what)
    {
        lock (_lock)
        {
            foreach (var entry in _pods.Values)
            {
                if (entry.Place == QueuePlace.InFlight) entry.Missed |= what;
                else if (entry.Place == QueuePlace.Unschedulable && (entry.WakeUps & what) != 0) WakeLocked(entry);
            }

            SetTimerLocked();
        }
    }

    /// <summary>Waits for the next pod.</summary>
    public async ValueTask<QueuedPod> TakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            lock (_lock)
            {
                while (_active.TryDequeue(out var entry, out var order))
                {
                    // An entry that was removed, or moved and activated again, left this one behind.
                    if (entry.Place != QueuePlace.Active || order.Item2 != entry.Sequence) continue;
                    entry.Place = QueuePlace.InFlight;
                    entry.Attempts++;
                    entry.Missed = WakeUps.None;
                    entry.Changed = false;
                    return entry;
                }
            }

            await _available.WaitAsync(cancellationToken);
        }
    }

    /// <summary>The pod fits nowhere: it waits for one of these changes, unless one came meanwhile.</summary>
    public void FitsNowhere(QueuedPod entry, WakeUps wakeUps)
    {
        lock (_lock)
        {
            if (entry.Place != QueuePlace.InFlight) return;
            entry.FailedAt = _time.GetUtcNow();
            entry.WakeUps = wakeUps;
            if (entry.Changed || (entry.Missed & wakeUps) != 0) WakeLocked(entry);
            else WaitLocked(entry, QueuePlace.Unschedulable, entry.FailedAt + _unschedulableTimeout);
            SetTimerLocked();
        }
    }

    /// <summary>Placing or binding the pod failed for another reason: it is tried again after its back-off.</summary>
    public void Failed(QueuedPod entry)
    {
        lock (_lock)
        {
            if (entry.Place != QueuePlace.InFlight) return;
            entry.FailedAt = _time.GetUtcNow();
            WakeLocked(entry);
            SetTimerLocked();
        }
    }

    public void Dispose() => _timer.Dispose();

    // A pod that was tried a moment ago first waits its back-off out.
    private void WakeLocked(QueuedPod entry)
    {
        var due = entry.FailedAt + _backOff.Delay(entry.Attempts - 1);
        if (due <= _time.GetUtcNow()) ActivateLocked(entry);
        else WaitLocked(entry, QueuePlace.BackOff, due);
    }

    private void WaitLocked(QueuedPod entry, QueuePlace place, DateTimeOffset due)
    {
        entry.Place = place;
        entry.Due = due;
        _timed.Enqueue(entry, due);
    }

    private void ActivateLocked(QueuedPod entry)
    {
        entry.Place = QueuePlace.Active;
        _active.Enqueue(entry, (-(long)(entry.Pod.Pod.Spec.Priority ?? 0), entry.Sequence));
        _available.Release();
    }

    private void MoveDue()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            DropStaleLocked();
            while (_timed.TryPeek(out var entry, out var due) && due <= now)
            {
                _timed.Dequeue();
                ActivateLocked(entry);
                DropStaleLocked();
            }

            SetTimerLocked();
        }
    }

    private void DropStaleLocked()
    {
        while (_timed.TryPeek(out var entry, out var due) && (entry.Place is not (QueuePlace.BackOff or QueuePlace.Unschedulable) || entry.Due != due)) _timed.Dequeue();
    }

    private void SetTimerLocked()
    {
        DropStaleLocked();
        if (!_timed.TryPeek(out _, out var due)) return;
        var delay = due - _time.GetUtcNow();
        _timer.Change(delay <= TimeSpan.Zero ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Math.Ceiling(delay.TotalMilliseconds)), Timeout.InfiniteTimeSpan);
    }
}
