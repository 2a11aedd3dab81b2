using Minik8s.Linux.Files;

namespace Minik8s.Kubelet.Volumes;

/// <summary>
/// Replaces the files of a directory all at once: they lie in a new hidden directory, to which one link is switched over, so that no reader sees half of a change.
/// </summary>
internal static class AtomicDirectory
{
    private const string Data = "..data";

    public static void Write(string directory, IReadOnlyDictionary<string, (byte[] Content, UnixFileMode Mode)> files, TimeProvider time)
    {
        Directory.CreateDirectory(directory);
        var link = Path.Combine(directory, Data);
        var former = new FileInfo(link).LinkTarget;
        if (former is not null && Same(Path.Combine(directory, former), files)) return;
        var fresh = $"..{time.GetUtcNow():yyyy_MM_dd_HH_mm_ss}.{Guid.NewGuid():N}";
        foreach (var (name, (content, mode)) in files)
        {
            var path = Path.Combine(directory, fresh, name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
            File.SetUnixFileMode(path, mode);
        }

        Directory.CreateDirectory(Path.Combine(directory, fresh));
        var next = Path.Combine(directory, "..data_tmp");
        File.Delete(next);
        File.CreateSymbolicLink(next, fresh);
        AtomicRename.Replace(next, link);
        foreach (var top in files.Keys.Select(k => k.Split('/')[0]).Distinct())
        {
            var visible = new FileInfo(Path.Combine(directory, top));
            if (visible.LinkTarget is null) File.CreateSymbolicLink(visible.FullName, $"{Data}/{top}");
        }

        foreach (var stale in new DirectoryInfo(directory).GetFileSystemInfos().Where(f => f.LinkTarget?.StartsWith(Data + "/", StringComparison.Ordinal) == true && !files.Keys.Any(k => k.Split('/')[0] == f.Name))) stale.Delete();
        if (former is not null) Directory.Delete(Path.Combine(directory, former), recursive: true);
    }

    private static bool Same(string directory, IReadOnlyDictionary<string, (byte[] Content, UnixFileMode Mode)> files)
    {
        if (!Directory.Exists(directory)) return false;
        var present = Directory.GetFiles(directory, "*", SearchOption.AllDirectories);
        return present.Length == files.Count && files.All(f => Path.Combine(directory, f.Key) is var path && File.Exists(path)
            && File.GetUnixFileMode(path) == f.Value.Mode && File.ReadAllBytes(path).AsSpan().SequenceEqual(f.Value.Content));
    }
}
