using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Decides up to where history is forgotten (the floor) and removes it in small slices: beside the writes of a group, whose fsync it shares, or by itself when
/// nothing else is to do. The floor holds as soon as it is recorded; the slices follow it. Used by the writer thread alone.
/// </summary>
internal sealed class Compactor
{
    private const int VacuumSlice = 64;
    private const int SpareFreePages = 512;

    private readonly Database _database;
    private readonly EmbeddedStoreOptions _options;
    private readonly TimeSpan _sampleEvery;
    private readonly Statement _setFloor;
    private readonly Statement _setSwept;
    private readonly Statement _removeSuperseded;
    private readonly Statement _removeDeletions;

    // When which revision was the newest: what the retention has outlived gives the next floor.
    private readonly Queue<(TimeSpan At, long Revision)> _samples = new();
    private TimeSpan _lastSample;
    private (TimeSpan At, long Revision) _lastCommit;
    private long _target;
    private long _swept;
    private bool _vacuum = true;
    private (long Floor, long Swept, bool Vacuum) _uncommitted;

    public Compactor(Database database, EmbeddedStoreOptions options)
    {
        _database = database;
        _options = options;
        _sampleEvery = options.HistoryRetention / 5;
        _setFloor = database.Prepare("UPDATE meta SET value = ?1 WHERE name = 'floor'");
        _setSwept = database.Prepare("UPDATE meta SET value = ?1 WHERE name = 'swept'");
        _removeSuperseded = database.Prepare(
            "DELETE FROM history WHERE revision IN (SELECT previous FROM history WHERE revision > ?1 AND revision <= ?2 AND previous > 0)");
        _removeDeletions = database.Prepare("DELETE FROM history WHERE revision > ?1 AND revision <= ?2 AND value IS NULL");
        Floor = _target = database.Number("SELECT value FROM meta WHERE name = 'floor'");
        _swept = database.Number("SELECT value FROM meta WHERE name = 'swept'");
    }

    /// <summary>The recorded floor.</summary>
    public long Floor { get; private set; }

    /// <summary>Whether a slice is waiting.</summary>
    public bool HasWork => _swept < _target || Floor < _target || _vacuum;

    /// <summary>When the retention of something runs out; null when nothing is kept on.</summary>
    public TimeSpan? Due => _samples.TryPeek(out var oldest) ? oldest.At + _options.HistoryRetention : null;

    /// <summary>Notes a commit.</summary>
    public void Committed(TimeSpan now, long revision)
    {
        _lastCommit = (now, revision);
        if (_samples.Count == 0 || now - _lastSample >= _sampleEvery) Sample(_lastCommit);
        // Not at every commit, for each new floor is a write.
        if (revision - _target > _options.MaxHistoryRevisions * 1.1) Raise(revision - _options.MaxHistoryRevisions);
    }

    /// <summary>Raises the floor to what has outlived the retention.</summary>
    public void Look(TimeSpan now)
    {
        while (Due is { } due && due <= now)
        {
            Raise(_samples.Dequeue().Revision);
            if (_samples.Count == 0 && _target < _lastCommit.Revision) Sample(_lastCommit);
        }
    }

    /// <summary>Asks for a floor; it holds after the next commit.</summary>
    public void Raise(long floor) => _target = Math.Max(_target, floor);

    /// <summary>Does one slice within the open transaction, of at most so many revisions; <see cref="Committed()"/> must follow the commit.</summary>
    public void Slice(int revisions)
    {
        _uncommitted = (Floor, _swept, _vacuum);
        if (Floor < _target)
        {
            _setFloor.Bind(1, _target).Run();
            _uncommitted.Floor = _target;
        }

        if (_swept < _target)
        {
            var upTo = Math.Min(_target, _swept + revisions);
            _removeSuperseded.Bind(1, _swept).Bind(2, upTo).Run();
            _removeDeletions.Bind(1, _swept).Bind(2, upTo).Run();
            _setSwept.Bind(1, upTo).Run();
            _uncommitted = (_uncommitted.Floor, upTo, true);
        }
    }

    /// <summary>
    /// Gives free pages back to the file system, some at a time; within the open transaction, instead of a slice. A quarter of the file may stay free for reuse.
    /// </summary>
    public void Vacuum()
    {
        var free = _database.Number("PRAGMA freelist_count");
        var enough = free <= Math.Max(SpareFreePages, _database.Number("PRAGMA page_count") / 4);
        if (!enough) _database.Execute($"PRAGMA incremental_vacuum({VacuumSlice})");
        _uncommitted = (Floor, _swept, !enough);
    }

    /// <summary>Whether only free pages are left to do.</summary>
    public bool OnlyVacuum => _swept == _target && Floor == _target;

    /// <summary>The transaction of the last slice has been committed.</summary>
    public void Committed() => (Floor, _swept, _vacuum) = _uncommitted;

    private void Sample((TimeSpan At, long Revision) commit)
    {
        _samples.Enqueue(commit);
        _lastSample = commit.At;
    }
}
