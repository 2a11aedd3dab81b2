namespace Minik8s.Kubelet.Containerd;

/// <summary>Where a containerd of our own keeps its things. Distinct directories let several run on one machine.</summary>
internal sealed record ContainerdOptions
{
    /// <summary>Images and snapshots; survives a reboot.</summary>
    public required string Root { get; init; }

    /// <summary>Sockets and the state of running containers; emptied by a reboot.</summary>
    public required string State { get; init; }

    public required string LogFile { get; init; }

    /// <summary>The folder with the CNI configuration.</summary>
    public required string CniConfigDir { get; init; }

    /// <summary>The folder with the CNI plugins.</summary>
    public required string CniBinDir { get; init; }

    public required string PauseImage { get; init; }

    public string Socket => Path.Combine(State, "containerd.sock");

    public string ConfigFile => Path.Combine(Root, "config.toml");

    public string PidFile => Path.Combine(State, "containerd.pid");
}
