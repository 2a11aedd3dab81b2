using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Workloads;

/// <summary>
/// What a controller has done and its cache does not show yet. Until it does, nothing more is created or deleted for the same owner: generated names would make the same
/// pods again. What is not seen within five minutes is no longer waited for.
/// </summary>
internal sealed class Expectations(TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, Expected> _owners = [];

    /// <summary>So many objects are about to be created, and these are about to be deleted.</summary>
    public void Expect(ObjectKey owner, int creations, IEnumerable<string> deletions)
    {
        lock (_lock)
        {
            var expected = _owners[owner] = new Expected(time.GetTimestamp()) { Creations = creations };
            expected.Deletions.UnionWith(deletions);
        }
    }

    /// <summary>So many objects are about to be created.</summary>
    public void ExpectCreations(ObjectKey owner, int count) => Expect(owner, count, []);

    /// <summary>These objects are about to be deleted.</summary>
    public void ExpectDeletions(ObjectKey owner, IEnumerable<string> uids) => Expect(owner, 0, uids);

    /// <summary>One was created, or its creation failed.</summary>
    public void CreationObserved(ObjectKey owner)
    {
        lock (_lock)
        {
            if (_owners.TryGetValue(owner, out var expected)) expected.Creations--;
        }
    }

    /// <summary>This one is terminating or gone, or its deletion failed.</summary>
    public void DeletionObserved(ObjectKey owner, string uid)
    {
        lock (_lock)
        {
            if (_owners.TryGetValue(owner, out var expected)) expected.Deletions.Remove(uid);
        }
    }

    /// <summary>Whether the cache shows all that was done.</summary>
    public bool AreMet(ObjectKey owner)
    {
        lock (_lock)
        {
            return !_owners.TryGetValue(owner, out var expected) || (expected.Creations <= 0 && expected.Deletions.Count == 0) || time.GetElapsedTime(expected.Since) > Limit;
        }
    }

    /// <summary>The owner is gone.</summary>
    public void Forget(ObjectKey owner)
    {
        lock (_lock) _owners.Remove(owner);
    }

    private sealed class Expected(long since)
    {
        public long Since { get; } = since;

        public int Creations { get; set; }

        public HashSet<string> Deletions { get; } = [];
    }
}
