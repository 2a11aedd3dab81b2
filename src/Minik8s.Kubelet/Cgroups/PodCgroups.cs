namespace Minik8s.Kubelet.Cgroups;

/// <summary>
/// Where pods' cgroups lie: below the node's own root, a group a pod. The runtime makes them and leaves the pod's level behind, so it is removed here.
/// </summary>
internal sealed class PodCgroups(string root)
{
    private const string Hierarchies = "/sys/fs/cgroup";

    private readonly bool _systemd = Directory.Exists("/run/systemd/system");

    /// <summary>The parent of a pod's containers, in the form that the runtime's cgroup driver takes.</summary>
    public string Parent(string podUid) => _systemd ? $"kubepods-pod{podUid.Replace('-', '_')}.slice" : $"{Base}/pod{podUid}";

    /// <summary>Removes a pod's groups; its processes are gone.</summary>
    public void Remove(string podUid)
    {
        foreach (var hierarchy in Roots()) RemoveTree(hierarchy + (_systemd ? $"/kubepods.slice/kubepods-pod{podUid.Replace('-', '_')}.slice" : $"{Base}/pod{podUid}"));
    }

    /// <summary>Removes all that was made below the root, and the root itself when it was made for this node.</summary>
    public void RemoveAll()
    {
        foreach (var hierarchy in Roots())
        {
            RemoveTree(hierarchy + (_systemd ? "/kubepods.slice" : Base));
            if (root.Trim('/').Length > 0) RemoveTree(hierarchy + "/" + root.Trim('/'));
        }
    }

    private string Base => root.Trim('/').Length == 0 ? "/kubepods" : $"/{root.Trim('/')}/kubepods";

    /// <summary>The one hierarchy of version 2, or each of version 1.</summary>
    private static IEnumerable<string> Roots() =>
        File.Exists(Path.Combine(Hierarchies, "cgroup.controllers")) ? [Hierarchies] : Directory.Exists(Hierarchies) ? Directory.GetDirectories(Hierarchies) : [];

    private static void RemoveTree(string directory)
    {
        if (!Directory.Exists(directory)) return;
        foreach (var child in Directory.GetDirectories(directory)) RemoveTree(child);
        try
        {
            // The files of a cgroup are the kernel's: only the directory itself is removed.
            Directory.Delete(directory);
        }
        catch (IOException)
        {
            // A process is still leaving; what remains is removed with the next pod or when the node is taken down.
        }
    }
}
