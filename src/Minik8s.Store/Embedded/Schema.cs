using Microsoft.Data.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The tables. <c>history</c> is the log: one row a revision, with the value; <c>current</c> points from each live key to its row.
/// <c>previous</c> links a revision to the one it superseded, so that neither compaction nor a read in the past searches.
/// </summary>
internal static class Schema
{
    private const int Version = 1;

    private const string Tables = """
        CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS history (
            revision INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            value BLOB,
            created INTEGER NOT NULL,
            version INTEGER NOT NULL,
            previous INTEGER NOT NULL);
        CREATE TABLE IF NOT EXISTS current (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, expires INTEGER) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS current_expires ON current (expires) WHERE expires IS NOT NULL;
        """;

    /// <summary>Makes or checks the tables of a freshly opened database.</summary>
    /// <exception cref="StoreUnavailableException">The file is damaged, or written by a newer version.</exception>
    public static void Prepare(SqliteConnection connection, string path)
    {
        try
        {
            connection.Execute("PRAGMA auto_vacuum = INCREMENTAL");
            connection.Execute("PRAGMA journal_mode = WAL");
            connection.Execute("PRAGMA synchronous = FULL");
            if (connection.ScalarText("PRAGMA quick_check(1)") is var verdict and not "ok") throw Damaged(path, verdict, null);
            connection.Execute(Tables);
            connection.Execute($"INSERT OR IGNORE INTO meta VALUES ('schema', {Version}), ('floor', 0), ('revision', 1)");
        }
        catch (SqliteException e) when (e.SqliteErrorCode is 11 or 26)
        {
            throw Damaged(path, e.Message, e);
        }

        var found = connection.ScalarLong("SELECT value FROM meta WHERE name = 'schema'");
        if (found > Version)
        {
            throw new StoreUnavailableException($"{path} was written by a newer minik8s (schema {found}, this one knows {Version}); use that version, or another data directory");
        }
    }

    private static StoreUnavailableException Damaged(string path, string verdict, Exception? inner) =>
        new($"the store {path} is damaged ({verdict}); stop, keep a copy of it with its -wal file, and restore a backup, or move it away to start an empty cluster", inner);
}
