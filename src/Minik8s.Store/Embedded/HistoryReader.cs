using Microsoft.Data.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>Reads of the present, of the past, and of the events between two revisions; each within the snapshot of its caller.</summary>
internal static class HistoryReader
{
    public static RangeResult Range(SqliteConnection connection, RangeQuery query)
    {
        var newest = connection.ScalarLong("SELECT value FROM meta WHERE name = 'revision'");
        if (query.Revision > newest) throw new RevisionInFutureException(query.Revision, newest);
        if (query.Revision > 0)
        {
            var floor = connection.ScalarLong("SELECT value FROM meta WHERE name = 'floor'");
            if (query.Revision < floor) throw new RevisionCompactedException(query.Revision, floor);
        }

        return query.Revision == 0 || query.Revision == newest ? Present(connection, query, newest) : Past(connection, query);
    }

    /// <summary>The events after one revision up to another, at most <paramref name="limit"/> of them.</summary>
    public static List<StoreEvent> Events(SqliteConnection connection, string start, string end, long after, long upTo, int limit)
    {
        var floor = connection.ScalarLong("SELECT value FROM meta WHERE name = 'floor'");
        if (after < floor) throw new RevisionCompactedException(after, floor);
        using var command = connection.Prepared(
            """
            SELECT h.revision, h.key, h.value, h.created, p.value, p.revision FROM history h LEFT JOIN history p ON p.revision = h.previous
            WHERE h.revision > $after AND h.revision <= $upTo AND h.key >= $start AND h.key < $end ORDER BY h.revision LIMIT $limit
            """,
            "$after", "$upTo", "$start", "$end", "$limit");
        command.With(0, after).With(1, upTo).With(2, start).With(3, end).With(4, limit);
        using var reader = command.ExecuteReader();
        var events = new List<StoreEvent>();
        while (reader.Read())
        {
            ReadOnlyMemory<byte>? previous = reader.IsDBNull(5) || reader.IsDBNull(4) ? (ReadOnlyMemory<byte>?)null : new ReadOnlyMemory<byte>((byte[])reader[4]);
            events.Add(reader.IsDBNull(2)
                ? new StoreEvent(StoreEventType.Delete, reader.GetString(1), reader.GetInt64(0), previous ?? default, reader.GetInt64(3), previous)
                : new StoreEvent(StoreEventType.Put, reader.GetString(1), reader.GetInt64(0), (byte[])reader[2], reader.GetInt64(3), previous));
        }

        return events;
    }

    private static RangeResult Present(SqliteConnection connection, RangeQuery query, long newest)
    {
        // A range of one key ends right after it in byte order.
        var end = query.End ?? query.Start + "\0";
        if (query.CountOnly) return new(newest, [], Count(connection, query.Start, end), false);
        using var command = connection.Prepared(
            """
            SELECT c.key, h.value, h.created, h.revision, h.version FROM current c JOIN history h ON h.revision = c.revision
            WHERE c.key >= $start AND c.key < $end ORDER BY c.key LIMIT $limit
            """,
            "$start", "$end", "$limit");
        command.With(0, query.Start).With(1, end).With(2, query.Limit == 0 ? -1 : query.Limit + 1L);
        var items = new List<KeyValue>();
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) items.Add(new(reader.GetString(0), (byte[])reader[1], reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        var more = query.Limit > 0 && items.Count > query.Limit;
        if (more) items.RemoveAt(items.Count - 1);
        return new(newest, items, more ? Count(connection, query.Start, end) : items.Count, more);
    }

    /// <summary>The state at a past revision: the present keys that have not changed since, and for the others the row that their first later change superseded.</summary>
    private static RangeResult Past(SqliteConnection connection, RangeQuery query)
    {
        var end = query.End ?? query.Start + "\0";
        using var command = connection.Prepared(
            """
            SELECT h.key, h.value, h.created, h.revision, h.version FROM (
                SELECT c.revision AS revision FROM current c WHERE c.key >= $start AND c.key < $end AND c.revision <= $at
                UNION ALL
                SELECT n.previous FROM history n WHERE n.revision > $at AND n.key >= $start AND n.key < $end AND n.previous > 0 AND n.previous <= $at
            ) then_ JOIN history h ON h.revision = then_.revision WHERE h.value IS NOT NULL ORDER BY h.key
            """,
            "$start", "$end", "$at");
        command.With(0, query.Start).With(1, end).With(2, query.Revision);
        var items = new List<KeyValue>();
        long count = 0;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            count++;
            if (query.CountOnly || (query.Limit > 0 && items.Count == query.Limit)) continue;
            items.Add(new(reader.GetString(0), (byte[])reader[1], reader.GetInt64(2), reader.GetInt64(3), reader.GetInt64(4)));
        }

        return new(query.Revision, items, count, !query.CountOnly && count > items.Count);
    }

    private static long Count(SqliteConnection connection, string start, string end)
    {
        using var command = connection.Prepared("SELECT count(*) FROM current WHERE key >= $start AND key < $end", "$start", "$end");
        return (long)command.With(0, start).With(1, end).ExecuteScalar()!;
    }
}
