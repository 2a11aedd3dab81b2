using System.Globalization;
using Minik8s.Store.Embedded.Sqlite;

namespace Minik8s.Store.Embedded;

/// <summary>
/// Backups of the embedded store. A snapshot is one file: the whole store as of one commit, without free space. It is taken beside a running server, whose
/// writes it neither stops nor misses.
/// </summary>
public static class Snapshot
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int CacheKiB = 2048;

    // Far beyond what a cluster writes between two backups, as etcd's advice has it (etcdutl snapshot restore --bump-revision).
    private const long RevisionBump = 1_000_000_000;

    /// <summary>Writes a snapshot of the store at <paramref name="storePath"/>, which may be in use, and checks it.</summary>
    /// <exception cref="StoreUnavailableException">There is no store, it is damaged, or the snapshot cannot be written.</exception>
    public static SnapshotInfo Save(string storePath, string file)
    {
        if (!File.Exists(storePath)) throw new StoreUnavailableException($"there is no store {storePath}");
        var part = file + ".part";
        try
        {
            Make(part);
            try
            {
                using (var database = Database.Open(storePath, CacheKiB))
                {
                    database.SetCheckpointOnClose(false);
                    Schema.CheckKind(database, storePath);
                    using var copy = database.Prepare("VACUUM INTO ?1");
                    copy.BindText(1, part).Run();
                }

                Sync(part);
                var info = Check(part);
                File.Move(part, file, overwrite: true);
                return info;
            }
            finally
            {
                // After the rename there is nothing left to delete.
                File.Delete(part);
            }
        }
        catch (SqliteFailureException e)
        {
            throw new StoreUnavailableException($"no snapshot of {storePath} can be written to {file}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"no snapshot can be written to {file}: {e.Message}", e);
        }
    }

    /// <summary>Reads a snapshot through, every page and index of it, and changes nothing.</summary>
    /// <exception cref="StoreUnavailableException">It is damaged, of a newer version, or no snapshot.</exception>
    public static SnapshotInfo Check(string file)
    {
        if (!File.Exists(file)) throw new StoreUnavailableException($"there is no file {file}");
        try
        {
            using var database = Database.OpenReadOnly(file, CacheKiB);
            Schema.CheckKind(database, file);
            if (database.Text("PRAGMA integrity_check(1)") is var verdict and not "ok") throw Damaged(file, verdict, null);
            if (database.Number("SELECT count(*) FROM live WHERE revision NOT IN (SELECT revision FROM history)") > 0) throw Damaged(file, "values are missing", null);
            return new(database.Number("SELECT value FROM meta WHERE name = 'revision'"), database.Number("SELECT count(*) FROM live"), new FileInfo(file).Length);
        }
        catch (SqliteFailureException e)
        {
            throw Damaged(file, e.Message, e);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreUnavailableException($"the snapshot {file} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>
    /// Puts a snapshot in the place of the store, which must not be in use. What was there is kept beside it. Its revision is raised above everything that clients may
    /// have seen since the snapshot, and its history forgotten, so that they list again instead of missing what was undone.
    /// </summary>
    /// <returns>What the store now holds, and where the former one is kept; null when there was none.</returns>
    /// <exception cref="StoreUnavailableException">The snapshot is damaged, or the store is in use; nothing was changed.</exception>
    public static (SnapshotInfo Info, string? Former) Restore(string file, string storePath)
    {
        var info = Check(file);
        var existed = File.Exists(storePath) && new FileInfo(storePath).Length > 0;
        using var held = StoreFiles.Claim(storePath);
        var part = storePath + ".part";
        try
        {
            try
            {
                Make(part);
                File.Copy(file, part, overwrite: true);
                File.SetUnixFileMode(part, OwnerOnly);
                var revision = Raise(part);
                Sync(part);
                var former = existed ? SetAside(storePath) : null;
                // The log and the index of the former file, were they still there, would be taken for those of the new one.
                foreach (var rest in new[] { storePath + "-wal", storePath + "-shm" }) File.Delete(rest);
                File.Move(part, storePath, overwrite: true);
                return (info with { Revision = revision }, former);
            }
            finally
            {
                File.Delete(part);
            }
        }
        catch (SqliteFailureException e)
        {
            throw new StoreUnavailableException($"the snapshot {file} cannot be restored to {storePath}: {e.Message}", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"the snapshot {file} cannot be restored to {storePath}: {e.Message}", e);
        }
    }

    private static long Raise(string path)
    {
        using var database = Database.Open(path, CacheKiB);
        var revision = database.Number("SELECT value FROM meta WHERE name = 'revision'") + RevisionBump;
        database.BeginWrite();
        database.Execute(string.Create(CultureInfo.InvariantCulture, $"DELETE FROM history WHERE revision NOT IN (SELECT revision FROM live); UPDATE meta SET value = {revision}"));
        database.Commit();
        return revision;
    }

    /// <summary>Copies the former store, its log included, under a name of its own; it stays in its place too until it is replaced.</summary>
    private static string SetAside(string storePath)
    {
        var former = $"{storePath}.before-restore-{DateTime.UtcNow.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture)}";
        foreach (var suffix in new[] { "", "-wal" })
        {
            if (!File.Exists(storePath + suffix)) continue;
            File.Copy(storePath + suffix, former + suffix, overwrite: true);
            File.SetUnixFileMode(former + suffix, OwnerOnly);
            Sync(former + suffix);
        }

        return former;
    }

    /// <summary>An empty file that only its owner can read: it is going to hold the cluster's secrets.</summary>
    private static void Make(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        new FileStream(path, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = OwnerOnly }).Dispose();
    }

    private static void Sync(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    private static StoreUnavailableException Damaged(string file, string verdict, Exception? inner) => new($"the snapshot {file} is damaged ({verdict}); use another one", inner);
}
