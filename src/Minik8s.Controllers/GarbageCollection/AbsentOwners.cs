namespace Minik8s.Controllers.GarbageCollection;

/// <summary>Owners that are known not to exist, so that each of their many dependents need not ask for them. Uids are never used again, so it cannot go stale; only its size is limited.</summary>
internal sealed class AbsentOwners
{
    private const int Capacity = 500;

    private readonly Lock _lock = new();
    private readonly HashSet<(string Uid, string Namespace)> _known = [];
    private readonly Queue<(string Uid, string Namespace)> _order = new();

    public bool Contains(string uid, string ns)
    {
        lock (_lock) return _known.Contains((uid, ns));
    }

    /// <param name="uid">The owner's uid.</param>
    /// <param name="ns">Where it was looked for; empty for objects of the cluster.</param>
    public void Add(string uid, string ns)
    {
        lock (_lock)
        {
            if (!_known.Add((uid, ns))) return;
            _order.Enqueue((uid, ns));
            if (_order.Count > Capacity) _known.Remove(_order.Dequeue());
        }
    }
}
