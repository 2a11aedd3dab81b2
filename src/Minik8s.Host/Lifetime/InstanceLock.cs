using System.Globalization;
using Minik8s.Host.Configuration;

namespace Minik8s.Host.Lifetime;

/// <summary>Makes sure that one process at a time works on a data directory. The kernel releases the lock when the process dies, however it dies.</summary>
internal sealed class InstanceLock : IDisposable
{
    private readonly FileStream _file;

    private InstanceLock(FileStream file) => _file = file;

    /// <exception cref="UsageException">Another process holds the lock, or the directory cannot be written.</exception>
    public static InstanceLock Acquire(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            // Beside the lock, because nobody else can open the locked file itself.
            File.WriteAllText(PidFile(path), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new InstanceLock(file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new UsageException($"{e.Message} Run as root, or choose another --data-dir.");
        }
        catch (IOException) when (HolderOf(path) is { } pid)
        {
            throw new UsageException($"minik8s already runs as {Path.GetFileNameWithoutExtension(path)} on {Path.GetDirectoryName(Path.GetDirectoryName(path))} (process {pid}); stop it first, or choose another --data-dir");
        }
    }

    /// <summary>The process that holds the lock now; null when nobody does.</summary>
    public static int? HolderOf(string path)
    {
        if (!File.Exists(path)) return null;
        try
        {
            using var probe = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
            return null;
        }
        catch (IOException)
        {
            return int.TryParse(File.ReadAllText(PidFile(path)), CultureInfo.InvariantCulture, out var pid) ? pid : null;
        }
    }

    private static string PidFile(string path) => Path.ChangeExtension(path, ".pid");

    public void Dispose() => _file.Dispose();
}
