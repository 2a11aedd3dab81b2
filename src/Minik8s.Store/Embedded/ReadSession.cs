using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>Reads of the present, of the past, and of the events between two revisions, within the snapshot that <see cref="Begin"/> opens.</summary>
internal sealed class ReadSession : IDisposable
{
    private const int CancellationStride = 256;

    private readonly Database _database;
    private readonly StorePosition _position;
    private readonly Statement _bounds;
    private readonly Statement _one;
    private readonly Statement _page;
    private readonly Statement _count;
    private readonly Statement _changedSince;
    private readonly Statement _unchanged;
    private readonly Statement _countUnchanged;
    private readonly Statement _row;
    private readonly Statement _events;

    public ReadSession(Database database, StorePosition position)
    {
        _database = database;
        _position = position;
        _bounds = database.Prepare("SELECT (SELECT value FROM meta WHERE name = 'revision'), (SELECT value FROM meta WHERE name = 'floor')");
        _one = database.Prepare(
            "SELECT l.key, h.created, h.revision, h.version, h.value FROM live l CROSS JOIN history h ON h.revision = l.revision WHERE l.key = ?1");
        _page = database.Prepare(
            """
            SELECT l.key, h.created, h.revision, h.version, h.value FROM live l CROSS JOIN history h ON h.revision = l.revision
            WHERE l.key >= ?1 AND l.key < ?2 ORDER BY l.key LIMIT ?3
            """);
        _count = database.Prepare("SELECT count(*) FROM live WHERE key >= ?1 AND key < ?2");
        _changedSince = database.Prepare(
            "SELECT key, previous FROM history WHERE revision > ?3 AND previous > 0 AND previous <= ?3 AND key >= ?1 AND key < ?2");
        _unchanged = database.Prepare("SELECT key, revision FROM live WHERE key >= ?1 AND key < ?2 AND revision <= ?3 ORDER BY key");
        _countUnchanged = database.Prepare("SELECT count(*) FROM live WHERE key >= ?1 AND key < ?2 AND revision <= ?3");
        _row = database.Prepare("SELECT key, created, revision, version, value FROM history WHERE revision = ?1");
        _events = database.Prepare(
            """
            SELECT h.revision, h.key, h.created, h.value, p.value FROM history h LEFT JOIN history p ON p.revision = h.previous
            WHERE h.revision > ?3 AND h.revision <= ?4 AND h.key >= ?1 AND h.key < ?2 ORDER BY h.revision
            """);
    }

    public void Begin() => _database.BeginRead();

    public void End() => _database.Rollback();

    /// <summary>Answers a range query.</summary>
    public RangeResult Range(RangeQuery query, CancellationToken cancellationToken)
    {
        var (newest, floor) = Bounds();
        if (query.Revision > newest) throw new RevisionInFutureException(query.Revision, newest);
        if (query.Revision > 0 && query.Revision < floor) throw new RevisionCompactedException(query.Revision, floor);
        return query.Revision == 0 || query.Revision == newest ? Present(query, newest, cancellationToken) : Past(query, cancellationToken);
    }

    /// <summary>
    /// The next events of a range after a revision: at most <paramref name="window"/> revisions are looked at and about <paramref name="bytes"/> returned. The
    /// batch is complete up to its revision, and empty when nothing of the range changed up to there.
    /// </summary>
    public WatchBatch Events(string start, string end, long after, long window, long bytes)
    {
        var (newest, floor) = Bounds();
        if (after < floor) throw new RevisionCompactedException(after, floor);
        var upTo = Math.Min(newest, after + window);
        var events = new List<StoreEvent>();
        BindRange(_events, start, end).Bind(3, after).Bind(4, upTo);
        while (_events.Step())
        {
            var revision = _events.Long(0);
            ReadOnlyMemory<byte>? previous = _events.IsNull(4) ? (ReadOnlyMemory<byte>?)null : _events.Blob(4);
            var deleted = _events.IsNull(3);
            var value = deleted ? previous ?? default : _events.Blob(3);
            events.Add(new(deleted ? StoreEventType.Delete : StoreEventType.Put, _events.Text(1), revision, value, _events.Long(2), previous));
            bytes -= value.Length + (previous?.Length ?? 0);
            if (bytes > 0) continue;
            _events.Reset();
            return new(revision, events);
        }

        return new(Math.Max(upTo, after), events);
    }

    public void Dispose() => _database.Dispose();

    private (long Revision, long Floor) Bounds()
    {
        _bounds.Step();
        var bounds = (_bounds.Long(0), _bounds.Long(1));
        _bounds.Reset();
        _position.Reached(bounds.Item1);
        return bounds;
    }

    private RangeResult Present(RangeQuery query, long newest, CancellationToken cancellationToken)
    {
        if (query.End is null)
        {
            var found = Single(_one.BindText(1, query.Start));
            return Result(newest, found, query.CountOnly);
        }

        if (query.CountOnly) return new(newest, [], Count(BindRange(_count, query.Start, query.End)), false);
        var items = new List<KeyValue>();
        BindRange(_page, query.Start, query.End).Bind(3, query.Limit == 0 ? -1 : query.Limit);
        while (_page.Step())
        {
            items.Add(Item(_page));
            if (items.Count % CancellationStride == 0) Check(_page, cancellationToken);
        }

        var full = query.Limit > 0 && items.Count == query.Limit;
        var count = full ? Count(BindRange(_count, query.Start, query.End)) : items.Count;
        return new(newest, items, count, count > items.Count);
    }

    /// <summary>
    /// The state at a past revision: the live keys that have not changed since, merged with what the first later change of each other key superseded. The cost
    /// is the page and the changes since then, not the range.
    /// </summary>
    private RangeResult Past(RangeQuery query, CancellationToken cancellationToken)
    {
        // In byte order nothing lies between a key and the key with a zero after it.
        var end = query.End ?? query.Start + "\0";
        var changed = ChangedSince(query.Start, end, query.Revision, cancellationToken);
        var count = Count(BindRange(_countUnchanged, query.Start, end).Bind(3, query.Revision)) + changed.Count;
        if (query.CountOnly) return new(query.Revision, [], count, false);

        var items = new List<KeyValue>();
        var wanted = query.Limit == 0 ? int.MaxValue : query.Limit;
        var next = 0;
        BindRange(_unchanged, query.Start, end).Bind(3, query.Revision);
        while (items.Count < wanted && _unchanged.Step())
        {
            var key = _unchanged.Text(0);
            while (next < changed.Count && items.Count < wanted && KeyOrder.Compare(changed[next].Key, key) < 0) items.Add(Row(changed[next++].Revision));
            if (items.Count < wanted) items.Add(Row(_unchanged.Long(1)));
            if (items.Count % CancellationStride == 0) Check(_unchanged, cancellationToken);
        }

        _unchanged.Reset();
        while (next < changed.Count && items.Count < wanted) items.Add(Row(changed[next++].Revision));
        return new(query.Revision, items, count, count > items.Count);
    }

    private List<(string Key, long Revision)> ChangedSince(string start, string end, long revision, CancellationToken cancellationToken)
    {
        var changed = new List<(string Key, long Revision)>();
        BindRange(_changedSince, start, end).Bind(3, revision);
        while (_changedSince.Step())
        {
            changed.Add((_changedSince.Text(0), _changedSince.Long(1)));
            if (changed.Count % CancellationStride == 0) Check(_changedSince, cancellationToken);
        }

        changed.Sort(static (a, b) => KeyOrder.Compare(a.Key, b.Key));
        return changed;
    }

    private KeyValue Row(long revision) => Single(_row.Bind(1, revision)) ?? throw new StoreUnavailableException($"the store is damaged: revision {revision} is missing");

    private static RangeResult Result(long revision, KeyValue? found, bool countOnly) =>
        new(revision, found is null || countOnly ? [] : [found], found is null ? 0 : 1, false);

    private static KeyValue? Single(Statement statement)
    {
        if (!statement.Step()) return null;
        var item = Item(statement);
        statement.Reset();
        return item;
    }

    private static KeyValue Item(Statement statement) => new(statement.Text(0), statement.Blob(4), statement.Long(1), statement.Long(2), statement.Long(3));

    private static long Count(Statement statement)
    {
        statement.Step();
        var count = statement.Long(0);
        statement.Reset();
        return count;
    }

    private static Statement BindRange(Statement statement, string start, string end) => statement.BindText(1, start).BindText(2, end);

    private static void Check(Statement running, CancellationToken cancellationToken)
    {
        if (!cancellationToken.IsCancellationRequested) return;
        running.Reset();
        cancellationToken.ThrowIfCancellationRequested();
    }
}
