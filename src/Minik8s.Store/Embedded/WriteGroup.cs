using Microsoft.Data.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>Applies the writes of one group within one transaction, each with its own revision. Used by the writer thread alone.</summary>
internal sealed class WriteGroup(SqliteConnection connection) : IDisposable
{
    private readonly SqliteCommand _find = connection.Prepared(
        "SELECT h.revision, h.value, h.created, h.version FROM current c JOIN history h ON h.revision = c.revision WHERE c.key = $key", "$key");

    private readonly SqliteCommand _append = connection.Prepared(
        "INSERT INTO history (revision, key, value, created, version, previous) VALUES ($revision, $key, $value, $created, $version, $previous)",
        "$revision", "$key", "$value", "$created", "$version", "$previous");

    private readonly SqliteCommand _point = connection.Prepared(
        "INSERT INTO current (key, revision, expires) VALUES ($key, $revision, $expires) ON CONFLICT (key) DO UPDATE SET revision = $revision, expires = $expires",
        "$key", "$revision", "$expires");

    private readonly SqliteCommand _forget = connection.Prepared("DELETE FROM current WHERE key = $key", "$key");
    private readonly SqliteCommand _advance = connection.Prepared("UPDATE meta SET value = $revision WHERE name = 'revision'", "$revision");

    /// <summary>Applies one write and appends its event; <paramref name="revision"/> advances when it was committed.</summary>
    public WriteResult Apply(WriteRequest request, DateTimeOffset now, ref long revision, List<StoreEvent> events)
    {
        var current = Find(request.Key);
        if (request.ExpectedRevision is { } expected && expected != (current?.ModRevision ?? 0)) return new(false, revision, current);
        if (request.Value is not { } value)
        {
            if (current is null) return new(true, revision, null);
            revision++;
            Append(revision, request.Key, null, current.CreateRevision, current.Version + 1, current.ModRevision);
            _forget.With(0, request.Key).ExecuteNonQuery();
            events.Add(new(StoreEventType.Delete, request.Key, revision, current.Value, current.CreateRevision, current.Value));
            return new(true, revision, current);
        }

        revision++;
        var created = current?.CreateRevision ?? revision;
        Append(revision, request.Key, value, created, (current?.Version ?? 0) + 1, current?.ModRevision ?? 0);
        var expires = request.TimeToLive is { } life ? (long?)(now + life).ToUnixTimeMilliseconds() : null;
        _point.With(0, request.Key).With(1, revision).With(2, expires).ExecuteNonQuery();
        events.Add(new(StoreEventType.Put, request.Key, revision, value, created, current?.Value));
        return new(true, revision, current);
    }

    /// <summary>Records the newest revision; called once a group.</summary>
    public void Advance(long revision) => _advance.With(0, revision).ExecuteNonQuery();

    public void Dispose()
    {
        foreach (var command in new[] { _find, _append, _point, _forget, _advance }) command.Dispose();
    }

    private KeyValue? Find(string key)
    {
        using var reader = _find.With(0, key).ExecuteReader();
        return reader.Read() ? new(key, (byte[])reader[1], reader.GetInt64(2), reader.GetInt64(0), reader.GetInt64(3)) : null;
    }

    private void Append(long revision, string key, ReadOnlyMemory<byte>? value, long created, long version, long previous) =>
        _append.With(0, revision).With(1, key).With(2, value is { } v ? Array(v) : null).With(3, created).With(4, version).With(5, previous).ExecuteNonQuery();

    private static byte[] Array(ReadOnlyMemory<byte> memory) =>
        System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : memory.ToArray();
}
