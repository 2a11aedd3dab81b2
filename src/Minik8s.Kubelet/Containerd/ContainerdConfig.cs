namespace Minik8s.Kubelet.Containerd;

/// <summary>containerd's configuration file.</summary>
internal static class ContainerdConfig
{
    private const string CapSysResource = "CapEff:";

    public static string Render(ContainerdOptions options, string runtime, bool systemdCgroups) => $"""
        version = 2
        root = "{options.Root}"
        state = "{options.State}"
        oom_score = 0
        # Only what the kubelet uses: the fewer plugins, the smaller the process.
        disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp"]

        [grpc]
          address = "{options.Socket}"

        [plugins."io.containerd.grpc.v1.cri"]
          sandbox_image = "{options.PauseImage}"
          enable_selinux = false
          # Without the capability to lower it, asking for a lower score than one's own fails the whole sandbox.
          restrict_oom_score_adj = {(MayLowerOomScore() ? "false" : "true")}
          stream_server_address = "127.0.0.1"
          stream_server_port = "0"
          [plugins."io.containerd.grpc.v1.cri".cni]
            bin_dir = "{options.CniBinDir}"
            conf_dir = "{options.CniConfigDir}"
          [plugins."io.containerd.grpc.v1.cri".containerd]
            snapshotter = "overlayfs"
            default_runtime_name = "{runtime}"
            [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{runtime}]
              runtime_type = "io.containerd.runc.v2"
              [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.{runtime}.options]
                BinaryName = "{runtime}"
                SystemdCgroup = {(systemdCgroups ? "true" : "false")}
        """;

    /// <summary>Whether this process has CAP_SYS_RESOURCE (bit 24).</summary>
    private static bool MayLowerOomScore()
    {
        var line = File.ReadLines("/proc/self/status").FirstOrDefault(l => l.StartsWith(CapSysResource, StringComparison.Ordinal));
        return line is not null && (Convert.ToUInt64(line[CapSysResource.Length..].Trim(), 16) & (1UL << 24)) != 0;
    }
}
