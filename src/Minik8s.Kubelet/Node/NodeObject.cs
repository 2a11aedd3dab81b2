using System.Globalization;
using System.Runtime.InteropServices;
using k8s.Models;

namespace Minik8s.Kubelet.Node;

/// <summary>What this machine looks like as a Node: pure readings of /proc and /etc.</summary>
internal static class NodeObject
{
    private const int MaxPods = 110;

    public static V1Node Registration(KubeletOptions options)
    {
        var labels = new Dictionary<string, string>
        {
            ["kubernetes.io/hostname"] = options.NodeName,
            ["kubernetes.io/os"] = "linux",
            ["kubernetes.io/arch"] = Architecture,
            ["beta.kubernetes.io/os"] = "linux",
            ["beta.kubernetes.io/arch"] = Architecture,
        };
        foreach (var (key, value) in options.NodeLabels) labels[key] = value;
        return new V1Node
        {
            Metadata = new V1ObjectMeta { Name = options.NodeName, Labels = labels },
            Spec = new V1NodeSpec { PodCIDR = options.PodCidr.ToString(), PodCIDRs = [options.PodCidr.ToString()] },
        };
    }

    public static V1NodeStatus Status(KubeletOptions options, NodeFacts facts, V1NodeStatus? before, DateTime now)
    {
        var memory = ReadKiB("MemTotal:");
        var capacity = new Dictionary<string, ResourceQuantity>
        {
            ["cpu"] = new(Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
            ["memory"] = new($"{memory}Ki"),
            ["pods"] = new(MaxPods.ToString(CultureInfo.InvariantCulture)),
            ["ephemeral-storage"] = new($"{new DriveInfo(options.RootDir).TotalSize / 1024}Ki"),
        };
        return new V1NodeStatus
        {
            Capacity = capacity,
            Allocatable = capacity,
            Addresses = [new V1NodeAddress { Type = "InternalIP", Address = options.NodeIp.ToString() }, new V1NodeAddress { Type = "Hostname", Address = options.NodeName }],
            DaemonEndpoints = new V1NodeDaemonEndpoints { KubeletEndpoint = new V1DaemonEndpoint { Port = options.Port } },
            NodeInfo = new V1NodeSystemInfo
            {
                MachineID = Line("/etc/machine-id"),
                SystemUUID = Line("/sys/class/dmi/id/product_uuid"),
                BootID = Line("/proc/sys/kernel/random/boot_id"),
                KernelVersion = Line("/proc/sys/kernel/osrelease"),
                OsImage = OsImage(),
                ContainerRuntimeVersion = facts.RuntimeVersion,
                KubeletVersion = "v1.35.0+minik8s",
                KubeProxyVersion = "",
                OperatingSystem = "linux",
                Architecture = Architecture,
            },
            Conditions =
            [
                Pressure("MemoryPressure", facts.Pressure.Memory, "KubeletHasInsufficientMemory", "kubelet has insufficient memory available", "KubeletHasSufficientMemory", "kubelet has sufficient memory available", before, now),
                Pressure("DiskPressure", facts.Pressure.Disk, "KubeletHasDiskPressure", "kubelet has disk pressure", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", before, now),
                Pressure("PIDPressure", facts.Pressure.ProcessIds, "KubeletHasInsufficientPID", "kubelet has insufficient PID available", "KubeletHasSufficientPID", "kubelet has sufficient PID available", before, now),
                Condition("Ready", facts.Ready ? "True" : "False", facts.Ready ? "KubeletReady" : "KubeletNotReady", facts.Message, before, now),
            ],
            Images = [.. facts.Images],
        };
    }

    private static V1NodeCondition Pressure(string type, bool pressed, string badReason, string badMessage, string goodReason, string goodMessage, V1NodeStatus? before, DateTime now) =>
        Condition(type, pressed ? "True" : "False", pressed ? badReason : goodReason, pressed ? badMessage : goodMessage, before, now);

    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    private static V1NodeCondition Condition(string type, string status, string reason, string message, V1NodeStatus? before, DateTime now)
    {
        var former = before?.Conditions?.FirstOrDefault(c => c.Type == type);
        return new V1NodeCondition
        {
            Type = type,
            Status = status,
            Reason = reason,
            Message = message,
            LastHeartbeatTime = now,
            LastTransitionTime = former?.Status == status ? former.LastTransitionTime : now,
        };
    }

    public static long ReadKiB(string field) =>
        long.Parse(File.ReadLines("/proc/meminfo").First(l => l.StartsWith(field, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);

    private static string Line(string path) => File.Exists(path) ? File.ReadAllText(path).Trim() : "";

    private static string OsImage() =>
        File.Exists("/etc/os-release") ? File.ReadLines("/etc/os-release").FirstOrDefault(l => l.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))?["PRETTY_NAME=".Length..].Trim('"') ?? "" : "";
}
