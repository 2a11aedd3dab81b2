using System.Globalization;

namespace Minik8s.Store.Embedded;

/// <summary>The files around the database: they belong to their owner alone, and to one process at a time.</summary>
internal static class StoreFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const int WouldBlock = 11;

    /// <summary>Makes what is absent and takes the lock, which lasts until the stream is disposed of or the process dies.</summary>
    /// <exception cref="StoreUnavailableException">Another process has the store, or the files cannot be made.</exception>
    public static FileStream Claim(string path)
    {
        var lockPath = path + ".lock";
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerOnly | UnixFileMode.UserExecute);
            // FileShare.None is flock(LOCK_EX) here. The lock file stays: to delete it would let two processes lock two different files.
            held = new FileStream(lockPath, Options(FileMode.OpenOrCreate, FileShare.None));
            held.SetLength(0);
            held.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
            held.Flush();
            // SQLite gives the log and the shared memory file the mode of the database.
            new FileStream(path, Options(FileMode.OpenOrCreate, FileShare.ReadWrite)).Dispose();
            foreach (var file in new[] { path, path + "-wal", path + "-shm" })
            {
                if (File.Exists(file)) File.SetUnixFileMode(file, OwnerOnly);
            }

            return held;
        }
        catch (IOException e) when (held is null && e.HResult == WouldBlock)
        {
            throw new StoreUnavailableException($"the store {path} is in use by another process{Holder(lockPath)}; stop it first", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            held?.Dispose();
            throw new StoreUnavailableException($"the files of the store {path} cannot be made or opened: {e.Message}", e);
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileShare share) =>
        new() { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0, UnixCreateMode = OwnerOnly };

    private static string Holder(string lockPath)
    {
        try
        {
            using var handle = File.OpenHandle(lockPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[20];
            return $" ({System.Text.Encoding.ASCII.GetString(buffer, 0, RandomAccess.Read(handle, buffer, 0))})";
        }
        catch (IOException)
        {
            // The number is only a help; the lock itself may keep it from being read.
            return "";
        }
    }
}
