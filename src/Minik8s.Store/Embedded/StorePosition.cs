namespace Minik8s.Store.Embedded;

/// <summary>How far the store is, as known in memory: never ahead of what is durable, never behind what a caller has seen.</summary>
internal sealed class StorePosition(long revision, long floor)
{
    private long _revision = revision;
    private long _floor = floor;

    /// <summary>The newest committed revision.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Reads and watches below this revision are refused.</summary>
    public long Floor => Volatile.Read(ref _floor);

    /// <summary>
    /// Called by the writer after a commit, and by a reader with the revision of its snapshot, which may show a commit a moment before the writer tells of it.
    /// </summary>
    public void Reached(long revision)
    {
        var seen = Volatile.Read(ref _revision);
        while (seen < revision)
        {
            var found = Interlocked.CompareExchange(ref _revision, revision, seen);
            if (found == seen) return;
            seen = found;
        }
    }

    /// <summary>Called by the writer when the floor has been recorded.</summary>
    public void Forgot(long floor) => Volatile.Write(ref _floor, floor);
}
