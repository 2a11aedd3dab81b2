namespace Minik8s.ApiServer.Services;

/// <summary>
/// Who has which of a set of scarce values. What stored objects have is told by their events; what has been given to a write that is still under way is
/// reserved for its owner for a while. Every operation takes constant time, however many objects there are. Safe for concurrent use.
/// </summary>
public sealed class AllocationIndex<T>(TimeProvider time, TimeSpan reservationLife)
    where T : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<T, string> _holders = [];
    private readonly Dictionary<string, HashSet<T>> _held = new(StringComparer.Ordinal);
    private readonly Dictionary<T, Reservation> _reserved = [];
    private readonly Dictionary<string, HashSet<T>> _reservedBy = new(StringComparer.Ordinal);
    private readonly Queue<Reservation> _expiring = new();

    /// <summary>An owner is known to have exactly these values, or none when it is gone.</summary>
    public void Observe(string owner, IReadOnlyCollection<T> values)
    {
        lock (_gate)
        {
            if (_held.Remove(owner, out var before))
            {
                foreach (var value in before.Where(v => _holders[v] == owner)) _holders.Remove(value);
            }

            foreach (var value in values)
            {
                _holders[value] = owner;
                Release(value, owner);
            }

            if (values.Count > 0) _held[owner] = [.. values];
            else ReleaseAll(owner);
        }
    }

    /// <summary>Reserves a value for an owner, unless it is another's.</summary>
    /// <param name="value">The value.</param>
    /// <param name="owner">Who wants it.</param>
    /// <param name="fresh">The owner must not have it yet either.</param>
    /// <param name="keep">False only asks whether it could be had.</param>
    public bool TryReserve(T value, string owner, bool fresh = false, bool keep = true)
    {
        lock (_gate)
        {
            Expire();
            if (_holders.TryGetValue(value, out var holder) && (fresh || holder != owner)) return false;
            if (_reserved.TryGetValue(value, out var present)) return !fresh && present.Owner == owner;
            if (!keep) return true;
            var reservation = new Reservation(value, owner, time.GetTimestamp());
            _reserved[value] = reservation;
            if (!_reservedBy.TryGetValue(owner, out var values)) _reservedBy[owner] = values = [];
            values.Add(value);
            _expiring.Enqueue(reservation);
            return true;
        }
    }

    /// <summary>The write for which an owner has reserved values is not going to happen.</summary>
    public void Abandon(string owner)
    {
        lock (_gate) ReleaseAll(owner);
    }

    private void Expire()
    {
        while (_expiring.TryPeek(out var oldest) && time.GetElapsedTime(oldest.Since) >= reservationLife)
        {
            _expiring.Dequeue();
            if (_reserved.TryGetValue(oldest.Value, out var present) && ReferenceEquals(present, oldest)) Release(oldest.Value, oldest.Owner);
        }
    }

    private void Release(T value, string owner)
    {
        if (!_reserved.TryGetValue(value, out var reservation) || reservation.Owner != owner) return;
        _reserved.Remove(value);
        if (_reservedBy[owner].Remove(value) && _reservedBy[owner].Count == 0) _reservedBy.Remove(owner);
    }

    private void ReleaseAll(string owner)
    {
        if (!_reservedBy.Remove(owner, out var values)) return;
        foreach (var value in values) _reserved.Remove(value);
    }

    private sealed record Reservation(T Value, string Owner, long Since);
}
