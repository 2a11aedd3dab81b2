using System.Globalization;

namespace Minik8s.Kubelet.Node;

/// <summary>Whether the node runs short of memory, disk or process ids, by the kubelet's default thresholds.</summary>
/// <param name="Memory">Less than 100 MiB are available.</param>
/// <param name="Disk">Less than a tenth of the file system is free.</param>
/// <param name="ProcessIds">Less than a tenth of the process ids is free.</param>
internal sealed record NodePressure(bool Memory, bool Disk, bool ProcessIds)
{
    private const long LeastMemoryKiB = 100 * 1024;

    /// <summary>Reads the machine's state.</summary>
    /// <param name="directory">A directory of the file system that pods fill.</param>
    public static NodePressure Read(string directory)
    {
        var disk = new DriveInfo(directory);
        return new(
            NodeObject.ReadKiB("MemAvailable:") < LeastMemoryKiB,
            disk.AvailableFreeSpace < disk.TotalSize / 10,
            Tasks() > PidMax() / 10 * 9);
    }

    /// <summary>The fourth field of loadavg: running and existing tasks.</summary>
    private static long Tasks() => long.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[3].Split('/')[1], CultureInfo.InvariantCulture);

    private static long PidMax() => long.Parse(File.ReadAllText("/proc/sys/kernel/pid_max").Trim(), CultureInfo.InvariantCulture);
}
