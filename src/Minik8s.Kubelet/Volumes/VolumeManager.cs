using System.Diagnostics;
using System.Text;
using k8s.Models;
using Minik8s.Api.Quantities;
using Minik8s.Kubelet.Env;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Volumes;

/// <summary>
/// The volumes of pods below the kubelet's directory: <c>pods/UID/volumes/PLUGIN/NAME</c>. What is there is found on disk, so a restart forgets nothing.
/// </summary>
internal sealed class VolumeManager(string root, IConfigSource configs, ITokenSource tokens, TimeProvider time) : IVolumeManager
{
    private const UnixFileMode Everybody = (UnixFileMode)0x1FF;

    public async Task<IReadOnlyDictionary<string, string>> MountAsync(V1Pod pod, CancellationToken cancellationToken)
    {
        var paths = new Dictionary<string, string>();
        foreach (var volume in pod.Spec.Volumes ?? []) paths[volume.Name] = await MountAsync(pod, volume, cancellationToken);
        Directory.CreateDirectory(PodDirectory(pod.Metadata.Uid));
        return paths;
    }

    public IReadOnlyList<ContainerMount> ResolveMounts(V1Pod pod, V1Container container, IReadOnlyDictionary<string, string> volumes, PodRuntimeFacts facts, int attempt)
    {
        var mounts = new List<ContainerMount>();
        foreach (var mount in container.VolumeMounts ?? [])
        {
            var path = volumes[mount.Name];
            if (mount.SubPath is { Length: > 0 } below) path = Below(path, below, mount.Name);
            mounts.Add(new ContainerMount(path, mount.MountPath, mount.ReadOnlyProperty == true, mount.MountPropagation ?? "None"));
        }

        var directory = Path.Combine(PodDirectory(pod.Metadata.Uid), "containers", container.Name);
        Directory.CreateDirectory(directory);
        if (mounts.All(m => m.ContainerPath != "/etc/hosts"))
        {
            var hosts = Path.Combine(PodDirectory(pod.Metadata.Uid), "etc-hosts");
            File.WriteAllText(hosts, HostsFile.Render(pod, facts));
            mounts.Add(new ContainerMount(hosts, "/etc/hosts"));
        }

        if (!string.IsNullOrEmpty(container.TerminationMessagePath))
        {
            var message = TerminationMessages.PathOf(PodDirectory(pod.Metadata.Uid), container.Name, (uint)attempt);
            File.WriteAllBytes(message, []);
            File.SetUnixFileMode(message, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
            mounts.Add(new ContainerMount(message, container.TerminationMessagePath));
        }

        return mounts;
    }

    public Task ReleaseAsync(string podUid, CancellationToken cancellationToken) => RemoveAsync(Path.Combine(PodDirectory(podUid), "volumes"), cancellationToken);

    public Task UnmountAsync(string podUid, CancellationToken cancellationToken)
    {
        tokens.Forget(podUid);
        return RemoveAsync(PodDirectory(podUid), cancellationToken);
    }

    private static async Task RemoveAsync(string directory, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var mount in MountsBelow(directory).OrderByDescending(m => m.Length)) await RunAsync("umount", ["--lazy", mount], cancellationToken);
        // What is still mounted would be emptied by the deletion.
        if (MountsBelow(directory).Any()) throw new IOException($"volumes below {directory} are still mounted");
        Directory.Delete(directory, recursive: true);
    }

    public IEnumerable<string> PodsOnDisk() => Directory.Exists(Path.Combine(root, "pods")) ? Directory.GetDirectories(Path.Combine(root, "pods")).Select(d => Path.GetFileName(d)!) : [];

    private async Task<string> MountAsync(V1Pod pod, V1Volume volume, CancellationToken cancellationToken)
    {
        if (volume.HostPath is { } host)
        {
            // The runtime makes an absent directory for a volume without a type, as it does for the kubelet of Kubernetes.
            HostPathCheck.Ensure(volume.Name, host.Path, host.Type ?? "");
            if (string.IsNullOrEmpty(host.Type) && !File.Exists(host.Path)) Directory.CreateDirectory(host.Path);
            return host.Path;
        }

        if (volume.EmptyDir is { } empty) return await EmptyAsync(pod, volume.Name, empty, cancellationToken);
        var files = await new VolumeContent(configs, tokens, pod).FilesAsync(volume, cancellationToken)
            ?? throw new PodSetupException("FailedMount", $"MountVolume.SetUp failed for volume \"{volume.Name}\" : this kind of volume is not supported");
        var plugin = volume.Secret is not null ? "secret" : volume.ConfigMap is not null ? "configmap" : volume.Projected is not null ? "projected" : "downward-api";
        var path = VolumeDirectory(pod, plugin, volume.Name);
        if (plugin is "secret" or "projected") await EnsureMemoryAsync(path, null, cancellationToken);
        AtomicDirectory.Write(path, files, time);
        return path;
    }

    private async Task<string> EmptyAsync(V1Pod pod, string name, V1EmptyDirVolumeSource source, CancellationToken cancellationToken)
    {
        var path = VolumeDirectory(pod, "empty-dir", name);
        if (source.Medium == "Memory")
        {
            var size = source.SizeLimit is { } limit && Quantity.TryParse(limit.ToString(), out var quantity) ? quantity.WholeValue : (long?)null;
            await EnsureMemoryAsync(path, size, cancellationToken);
        }

        Directory.CreateDirectory(path);
        File.SetUnixFileMode(path, Everybody);
        return path;
    }

    /// <summary>A tmpfs, so that secrets never reach the disk.</summary>
    private static async Task EnsureMemoryAsync(string path, long? size, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path);
        if (MountsBelow(path).Contains(path)) return;
        await RunAsync("mount", ["-t", "tmpfs", "-o", size is { } bytes ? $"size={bytes},mode=0777" : "mode=0777", "tmpfs", path], cancellationToken);
    }

    private static string Below(string volume, string subPath, string name)
    {
        var path = Path.GetFullPath(Path.Combine(volume, subPath));
        if (path != volume && !path.StartsWith(volume + "/", StringComparison.Ordinal)) throw Refused(name);
        // Each part that exists must be inside itself: a link could lead anywhere on the host.
        var at = volume;
        foreach (var part in Path.GetRelativePath(volume, path).Split('/'))
        {
            at = Path.Combine(at, part);
            if (new FileInfo(at).LinkTarget is { } target && (!Path.GetFullPath(Path.Combine(Path.GetDirectoryName(at)!, target)).StartsWith(volume + "/", StringComparison.Ordinal))) throw Refused(name);
        }

        if (!File.Exists(path) && !Directory.Exists(path)) Directory.CreateDirectory(path);
        return path;
    }

    private static PodSetupException Refused(string name) => new("CreateContainerConfigError", $"failed to prepare subPath for volumeMount \"{name}\" of container: the path leads out of the volume");

    public string PodDirectory(string uid) => Path.Combine(root, "pods", uid);

    private string VolumeDirectory(V1Pod pod, string plugin, string name) => Path.Combine(PodDirectory(pod.Metadata.Uid), "volumes", "kubernetes.io~" + plugin, name);

    private static List<string> MountsBelow(string directory) =>
        [.. File.ReadLines("/proc/self/mountinfo").Select(l => l.Split(' ')[4].Replace("\\040", " ")).Where(m => m == directory || m.StartsWith(directory + "/", StringComparison.Ordinal))];

    private static async Task RunAsync(string command, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(command) { RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start) ?? throw new IOException($"{command} did not start");
        var error = await process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0) throw new IOException($"{command} {string.Join(' ', arguments)}: {error.Trim()}");
    }
}

/// <summary>The /etc/hosts of a pod.</summary>
internal static class HostsFile
{
    public static string Render(V1Pod pod, PodRuntimeFacts facts)
    {
        var text = new StringBuilder(pod.Spec.HostNetwork == true && File.Exists("/etc/hosts") ? File.ReadAllText("/etc/hosts") : "# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
        if (pod.Spec.HostNetwork != true)
        {
            foreach (var ip in facts.PodIPs) text.Append(ip).Append('\t').Append(facts.HostName).Append('\n');
        }

        foreach (var alias in pod.Spec.HostAliases ?? []) text.Append(alias.Ip).Append('\t').AppendJoin('\t', alias.Hostnames ?? []).Append('\n');
        return text.ToString();
    }
}
