namespace Minik8s.Host.Configuration;

/// <summary>Where everything of one installation lies. Two installations with different directories do not touch each other.</summary>
internal sealed record Layout(string DataDir, string RunDir, string LogDir, string ImagesDir, string AdminKubeconfig)
{
    /// <summary>The embedded store.</summary>
    public string Store => Path.Combine(DataDir, "server", "store.db");

    public string Pki => Path.Combine(DataDir, "pki");

    /// <summary>Kubeconfigs of the components, one a file.</summary>
    public string Kubeconfigs => Path.Combine(DataDir, "kubeconfigs");

    /// <summary>The kubelet's own directory: pods, volumes, plugins.</summary>
    public string Kubelet => Path.Combine(DataDir, "kubelet");

    public string Containerd => Path.Combine(DataDir, "containerd");

    /// <summary>Locked for as long as a process works on this data directory; its process id stands beside it in <c>minik8s.pid</c>.</summary>
    public string Lock => Path.Combine(DataDir, "minik8s.lock");

    /// <summary>What <c>down</c> needs to know of the last start.</summary>
    public string Instance => Path.Combine(DataDir, "instance.json");
}
