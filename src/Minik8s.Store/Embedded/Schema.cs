using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// The tables. <c>history</c> is the log: one row a revision, with the value (null: the key was deleted). <c>live</c> points from each key that exists to its
/// row. <c>previous</c> links a revision to the one it superseded, so that neither compaction nor a read in the past has to search. The value is the last
/// column, so that reading the others never touches its overflow pages.
/// </summary>
internal static class Schema
{
    private const int Version = 1;

    // "Mk8s", so that another program's database is not taken for a store.
    private const int ApplicationId = 0x4D6B3873;

    private const string Tables = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE history (
            revision INTEGER PRIMARY KEY,
            previous INTEGER NOT NULL,
            created INTEGER NOT NULL,
            version INTEGER NOT NULL,
            key TEXT NOT NULL,
            value BLOB);
        CREATE TABLE live (key TEXT PRIMARY KEY, revision INTEGER NOT NULL, expires INTEGER) WITHOUT ROWID;
        CREATE INDEX live_expires ON live (expires) WHERE expires IS NOT NULL;
        """;

    /// <summary>Makes or checks the tables of a freshly opened database and turns on the log.</summary>
    /// <exception cref="StoreUnavailableException">The file is damaged, written by a newer version, or something else.</exception>
    public static void Prepare(Database database, string path)
    {
        // Until it is known to be sound, nothing is changed: the log of a damaged store is worth as much as the file.
        database.SetCheckpointOnClose(false);
        var empty = IsEmpty(database);
        if (!empty) CheckKind(database, path);

        // Before the first page is written, or it is too late.
        if (empty) database.Execute("PRAGMA auto_vacuum = INCREMENTAL");
        var mode = database.Text("PRAGMA journal_mode = WAL");
        if (mode != "wal") throw new StoreUnavailableException($"the file system of {path} cannot hold a store: write-ahead logging is refused (journal mode {mode}); use a local disk");
        database.Execute("PRAGMA synchronous = FULL");
        database.Execute("PRAGMA wal_autocheckpoint = 0");
        database.Execute("PRAGMA journal_size_limit = 4194304");
        if (empty) Create(database);
        Verify(database, path);
        database.SetCheckpointOnClose(true);
    }

    /// <summary>Looks whether the file is a store, of a version that is known.</summary>
    /// <exception cref="StoreUnavailableException">It is not.</exception>
    public static void CheckKind(Database database, string path)
    {
        if (database.Number("PRAGMA application_id") != ApplicationId) throw new StoreUnavailableException($"{path} is a database of another program, not a store; give another path");
        var version = database.Number("PRAGMA user_version");
        if (version > Version)
        {
            throw new StoreUnavailableException(
                $"the store {path} was written by a newer minik8s (schema {version}, this one knows {Version}); start that version, or give another data directory");
        }
    }

    /// <summary>The failure that tells what to do about a damaged file.</summary>
    public static StoreUnavailableException Damaged(string path, string verdict, Exception? inner) => new(
        $"the store {path} is damaged ({verdict}). Keep a copy of it together with {path}-wal, which holds the newest writes; "
        + "then restore a backup in their place, or move them away to start an empty cluster",
        inner);

    private static bool IsEmpty(Database database) =>
        database.Number("PRAGMA application_id") == 0 && database.Number("PRAGMA user_version") == 0 && database.Number("SELECT count(*) FROM sqlite_schema") == 0;

    private static void Create(Database database)
    {
        database.BeginWrite();
        database.Execute(Tables);
        // Revision 0 means "any" in the Kubernetes API, so an empty store is at 1, as etcd's is.
        database.Execute("INSERT INTO meta VALUES ('revision', 1), ('floor', 0), ('swept', 0)");
        database.Execute($"PRAGMA application_id = {ApplicationId}; PRAGMA user_version = {Version}");
        database.Commit();
    }

    private static void Verify(Database database, string path)
    {
        if (database.Text("PRAGMA quick_check(1)") is var verdict and not "ok") throw Damaged(path, verdict, null);
        if (database.Number("SELECT count(*) FROM meta WHERE name IN ('revision', 'floor', 'swept')") != 3) throw Damaged(path, "its bookkeeping is missing", null);
        if (database.Number("SELECT max(revision) FROM history") > database.Number("SELECT value FROM meta WHERE name = 'revision'"))
        {
            throw Damaged(path, "it holds revisions newer than its own", null);
        }
    }
}
