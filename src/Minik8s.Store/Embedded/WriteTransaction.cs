using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The writes of one group within one transaction, each with its own revision. Nothing of it is told to anyone before <see cref="Commit"/> has returned.
/// Used by the writer thread alone.
/// </summary>
internal sealed class WriteTransaction(Database database)
{
    private readonly Statement _find = database.Prepare(
        "SELECT h.revision, h.created, h.version, h.value FROM live l CROSS JOIN history h ON h.revision = l.revision WHERE l.key = ?1");

    private readonly Statement _append = database.Prepare(
        "INSERT INTO history (revision, previous, created, version, key, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");

    private readonly Statement _point = database.Prepare(
        "INSERT INTO live (key, revision, expires) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET revision = ?2, expires = ?3");

    private readonly Statement _remove = database.Prepare("DELETE FROM live WHERE key = ?1");
    private readonly Statement _advance = database.Prepare("UPDATE meta SET value = ?1 WHERE name = 'revision'");
    private readonly Statement _expired = database.Prepare("SELECT key FROM live WHERE expires <= ?1 ORDER BY expires LIMIT ?2");
    private readonly Statement _nextExpiry = database.Prepare("SELECT min(expires) FROM live WHERE expires IS NOT NULL");

    private long _start;

    /// <summary>The newest revision, those of this transaction included.</summary>
    public long Revision { get; private set; }

    /// <summary>What this transaction changes, in order.</summary>
    public List<StoreEvent> Events { get; private set; } = [];

    /// <summary>The earliest expiry that this transaction sets, in Unix milliseconds.</summary>
    public long EarliestExpiry { get; private set; }

    public void Begin(long revision)
    {
        database.BeginWrite();
        _start = Revision = revision;
        Events = [];
        EarliestExpiry = long.MaxValue;
    }

    /// <summary>Compares, and writes when the comparison holds.</summary>
    public WriteResult Apply(WriteRequest request, ReadOnlySpan<byte> key, DateTimeOffset now)
    {
        var current = Find(request.Key, key);
        if (request.ExpectedRevision is { } expected && expected != (current?.ModRevision ?? 0)) return new(false, Revision, current);
        if (request.Value is { } value) Put(request, key, value, current, now);
        else if (current is not null) Delete(key, current);
        return new(true, Revision, current);
    }

    /// <summary>Deletes keys whose time has come; returns how many.</summary>
    public int Expire(DateTimeOffset now, int most)
    {
        _expired.Bind(1, now.ToUnixTimeMilliseconds()).Bind(2, most);
        var keys = new List<string>();
        while (_expired.Step()) keys.Add(_expired.Text(0));
        foreach (var key in keys)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(key);
            if (Find(key, bytes) is { } current) Delete(bytes, current);
        }

        return keys.Count;
    }

    /// <summary>When the next key expires, in Unix milliseconds; <see cref="long.MaxValue"/> when none does.</summary>
    public long NextExpiry()
    {
        _nextExpiry.Step();
        var next = _nextExpiry.IsNull(0) ? long.MaxValue : _nextExpiry.Long(0);
        _nextExpiry.Reset();
        return next;
    }

    /// <summary>Makes it durable: SQLite syncs the log before this returns.</summary>
    public void Commit()
    {
        if (Revision != _start) _advance.Bind(1, Revision).Run();
        database.Commit();
    }

    private void Put(WriteRequest request, ReadOnlySpan<byte> key, ReadOnlyMemory<byte> value, KeyValue? current, DateTimeOffset now)
    {
        var revision = ++Revision;
        var created = current?.CreateRevision ?? revision;
        Append(revision, current?.ModRevision ?? 0, created, (current?.Version ?? 0) + 1, key).BindBlob(6, value.Span).Run();
        _point.BindText(1, key).Bind(2, revision);
        if (request.TimeToLive is { } life)
        {
            // Whole seconds, so that expiries set in one second are one wake-up.
            var expires = ((now + life).ToUnixTimeMilliseconds() + 999) / 1000 * 1000;
            EarliestExpiry = Math.Min(EarliestExpiry, expires);
            _point.Bind(3, expires).Run();
        }
        else
        {
            _point.BindNull(3).Run();
        }

        Events.Add(new(StoreEventType.Put, request.Key, revision, value, created, current?.Value));
    }

    private void Delete(ReadOnlySpan<byte> key, KeyValue current)
    {
        var revision = ++Revision;
        Append(revision, current.ModRevision, current.CreateRevision, current.Version + 1, key).BindNull(6).Run();
        _remove.BindText(1, key).Run();
        Events.Add(new(StoreEventType.Delete, current.Key, revision, current.Value, current.CreateRevision, current.Value));
    }

    private Statement Append(long revision, long previous, long created, long version, ReadOnlySpan<byte> key) =>
        _append.Bind(1, revision).Bind(2, previous).Bind(3, created).Bind(4, version).BindText(5, key);

    private KeyValue? Find(string name, ReadOnlySpan<byte> key)
    {
        if (!_find.BindText(1, key).Step()) return null;
        var found = new KeyValue(name, _find.Blob(3), _find.Long(1), _find.Long(0), _find.Long(2));
        _find.Reset();
        return found;
    }
}
