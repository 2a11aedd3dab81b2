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

    /// <summary>One file for each component, locked for as long as a process runs it on this data directory; the process id stands beside it.</summary>
    public static string Locks(string dataDir) => Path.Combine(dataDir, "locks");

    /// <summary>The lock of a component.</summary>
    public string Lock(string component) => Path.Combine(Locks(DataDir), component + ".lock");

    /// <summary>What <c>down</c> needs to know of the last start of a component.</summary>
    public static string Record(string dataDir, string component) => Path.Combine(dataDir, component + ".json");

    /// <summary>The kubeconfig of a component.</summary>
    public string Kubeconfig(string component) => Path.Combine(Kubeconfigs, component + ".kubeconfig");
}
