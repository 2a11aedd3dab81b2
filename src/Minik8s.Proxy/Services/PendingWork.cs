using Minik8s.ControlLoop;
using Minik8s.Linux.Nftables;

namespace Minik8s.Proxy.Services;

/// <summary>Gathers changes from many threads for one loop.</summary>
internal sealed class PendingWork
{
    private readonly Lock _lock = new();
    private HashSet<ObjectKey> _services = [];
    private bool _writeAll;
    private string? _zone;
    private NftablesEvent? _disturbance;
    private bool _woken;
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(ObjectKey service)
    {
        lock (_lock)
        {
            _services.Add(service);
            Wake();
        }
    }

    public void SetZone(string zone)
    {
        lock (_lock)
        {
            _zone = zone;
            Wake();
        }
    }

    public void WriteAll()
    {
        lock (_lock)
        {
            _writeAll = true;
            Wake();
        }
    }

    /// <summary>The same for the next turn, whenever that is.</summary>
    public void WriteAllLater()
    {
        lock (_lock) _writeAll = true;
    }

    public void Disturb(NftablesEvent what)
    {
        lock (_lock)
        {
            // A known change counts more than a possible one.
            if (_disturbance != NftablesEvent.Changed) _disturbance = what;
            Wake();
        }
    }

    public void DisturbAfter(NftablesEvent what, TimeSpan delay, TimeProvider time) =>
        _ = Task.Delay(delay, time).ContinueWith(_ => Disturb(what), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    /// <summary>Takes everything that has gathered.</summary>
    public PendingChanges Take()
    {
        lock (_lock)
        {
            var taken = new PendingChanges(_services, _writeAll, _zone, _disturbance);
            _services = [];
            _writeAll = false;
            _zone = null;
            _disturbance = null;
            if (_woken) _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _woken = false;
            return taken;
        }
    }

    /// <returns>Whether there is something to take; false when the time has passed.</returns>
    public async Task<bool> WaitAsync(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
    {
        Task woken;
        lock (_lock) woken = _wake.Task;
        try
        {
            await woken.WaitAsync(limit < TimeSpan.Zero ? TimeSpan.Zero : limit, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Wake()
    {
        _woken = true;
        _wake.TrySetResult();
    }
}
