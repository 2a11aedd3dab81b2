using System.Globalization;
using k8s.Models;
using Minik8s.Api.Quantities;
using Minik8s.Kubelet.Cgroups;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Seams;

namespace Minik8s.Kubelet.Runtime;

/// <summary>What the runtime is told of a pod's sandbox and containers: pure functions of the pod.</summary>
internal static class RuntimeConfigs
{
    private const long CpuPeriod = 100_000;

    public static PodSandboxConfig Sandbox(V1Pod pod, KubeletOptions options, uint attempt)
    {
        var hostNetwork = pod.Spec.HostNetwork == true;
        var config = new PodSandboxConfig
        {
            Metadata = new PodSandboxMetadata { Name = pod.Metadata.Name, Namespace = pod.Metadata.NamespaceProperty, Uid = pod.Metadata.Uid, Attempt = attempt },
            Hostname = hostNetwork ? "" : HostName(pod),
            LogDirectory = LogDirectory(pod, options),
            DnsConfig = hostNetwork && pod.Spec.DnsPolicy == "ClusterFirst" ? null : Dns(pod, options),
            Linux = new LinuxPodSandboxConfig
            {
                CgroupParent = new PodCgroups(options.CgroupRoot).Parent(pod.Metadata.Uid),
                SecurityContext = new LinuxSandboxSecurityContext
                {
                    NamespaceOptions = Namespaces(pod),
                    Privileged = pod.Spec.Containers.Any(c => c.SecurityContext?.Privileged == true),
                },
            },
        };
        Label(config.Labels, pod, null);
        if (hostNetwork) return config;
        foreach (var port in pod.Spec.Containers.SelectMany(c => c.Ports ?? []).Where(p => p.HostPort > 0))
        {
            config.PortMappings.Add(new PortMapping { Protocol = port.Protocol == "UDP" ? Protocol.Udp : Protocol.Tcp, ContainerPort = port.ContainerPort, HostPort = port.HostPort!.Value, HostIp = port.HostIP ?? "" });
        }

        return config;
    }

    public static ContainerConfig Container(
        V1Pod pod, V1Container container, uint attempt, string imageId, IReadOnlyList<KeyValuePair<string, string>> environment, IReadOnlyList<ContainerMount> mounts, IEnumerable<string> command, IEnumerable<string> args)
    {
        var security = container.SecurityContext;
        var podSecurity = pod.Spec.SecurityContext;
        var user = security?.RunAsUser ?? podSecurity?.RunAsUser;
        var group = security?.RunAsGroup ?? podSecurity?.RunAsGroup;
        var config = new ContainerConfig
        {
            Metadata = new ContainerMetadata { Name = container.Name, Attempt = attempt },
            Image = new ImageSpec { Image = imageId },
            WorkingDir = container.WorkingDir ?? "",
            LogPath = $"{container.Name}/{attempt.ToString(CultureInfo.InvariantCulture)}.log",
            Stdin = container.Stdin == true,
            StdinOnce = container.StdinOnce == true,
            Tty = container.Tty == true,
            Linux = new LinuxContainerConfig
            {
                Resources = Resources(pod, container),
                SecurityContext = new LinuxContainerSecurityContext
                {
                    NamespaceOptions = Namespaces(pod),
                    Privileged = security?.Privileged == true,
                    ReadonlyRootfs = security?.ReadOnlyRootFilesystem == true,
                    NoNewPrivs = security?.AllowPrivilegeEscalation == false,
                    RunAsUser = user is { } uid ? new Int64Value { Value = uid } : null,
                    RunAsGroup = group is { } gid && user is not null ? new Int64Value { Value = gid } : null,
                    Capabilities = new Capability { AddCapabilities = { security?.Capabilities?.Add ?? [] }, DropCapabilities = { security?.Capabilities?.Drop ?? [] } },
                    SupplementalGroups = { podSecurity?.SupplementalGroups?.Select(g => g!.Value) ?? [] },
                    MaskedPaths = { "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware" },
                    ReadonlyPaths = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger" },
                },
            },
        };
        if (podSecurity?.FsGroup is { } fsGroup) config.Linux.SecurityContext.SupplementalGroups.Add(fsGroup);
        config.Command.AddRange(command);
        config.Args.AddRange(args);
        config.Envs.AddRange(environment.Select(e => new KeyValue { Key = e.Key, Value = e.Value }));
        config.Mounts.AddRange(mounts.Select(m => new Mount
        {
            HostPath = m.HostPath,
            ContainerPath = m.ContainerPath,
            Readonly = m.ReadOnly,
            Propagation = m.Propagation switch { "HostToContainer" => MountPropagation.PropagationHostToContainer, "Bidirectional" => MountPropagation.PropagationBidirectional, _ => MountPropagation.PropagationPrivate },
        }));
        Label(config.Labels, pod, container.Name);
        return config;
    }

    public static string LogDirectory(V1Pod pod, KubeletOptions options) => Path.Combine(options.LogDir, "pods", $"{pod.Metadata.NamespaceProperty}_{pod.Metadata.Name}_{pod.Metadata.Uid}");

    public static string HostName(V1Pod pod)
    {
        var name = string.IsNullOrEmpty(pod.Spec.Hostname) ? pod.Metadata.Name : pod.Spec.Hostname;
        return name.Length > 63 ? name[..63].TrimEnd('-', '.') : name;
    }

    private static DNSConfig Dns(V1Pod pod, KubeletOptions options)
    {
        var config = new DNSConfig();
        if (pod.Spec.DnsPolicy == "ClusterFirst" || pod.Spec.DnsPolicy == "ClusterFirstWithHostNet")
        {
            config.Servers.Add(options.ClusterDns.ToString());
            config.Searches.AddRange([$"{pod.Metadata.NamespaceProperty}.svc.{options.ClusterDomain}", $"svc.{options.ClusterDomain}", options.ClusterDomain]);
            config.Options.Add("ndots:5");
        }
        else if (pod.Spec.DnsPolicy != "None" && File.Exists("/etc/resolv.conf"))
        {
            foreach (var words in File.ReadLines("/etc/resolv.conf").Select(l => l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 1))
            {
                if (words[0] == "nameserver") config.Servers.Add(words[1]);
                if (words[0] == "search") config.Searches.AddRange(words[1..]);
                if (words[0] == "options") config.Options.AddRange(words[1..]);
            }
        }

        config.Servers.AddRange(pod.Spec.DnsConfig?.Nameservers ?? []);
        config.Searches.AddRange(pod.Spec.DnsConfig?.Searches ?? []);
        config.Options.AddRange(pod.Spec.DnsConfig?.Options?.Select(o => string.IsNullOrEmpty(o.Value) ? o.Name : $"{o.Name}:{o.Value}") ?? []);
        return config;
    }

    private static NamespaceOption Namespaces(V1Pod pod) => new()
    {
        Network = pod.Spec.HostNetwork == true ? NamespaceMode.Node : NamespaceMode.Pod,
        Pid = pod.Spec.HostPID == true ? NamespaceMode.Node : pod.Spec.ShareProcessNamespace == true ? NamespaceMode.Pod : NamespaceMode.Container,
        Ipc = pod.Spec.HostIPC == true ? NamespaceMode.Node : NamespaceMode.Pod,
    };

    private static LinuxContainerResources Resources(V1Pod pod, V1Container container)
    {
        var cpuLimit = Amount(container.Resources?.Limits, "cpu");
        var cpuRequest = Amount(container.Resources?.Requests, "cpu") ?? cpuLimit;
        var memory = Amount(container.Resources?.Limits, "memory");
        return new LinuxContainerResources
        {
            // A thousand and twenty-four shares a core; two is the kernel's least.
            CpuShares = Math.Max(2, (cpuRequest?.MilliValue ?? 0) * 1024 / 1000),
            CpuPeriod = cpuLimit is null ? 0 : CpuPeriod,
            CpuQuota = cpuLimit is { } limit ? Math.Max(1000, limit.MilliValue * CpuPeriod / 1000) : 0,
            MemoryLimitInBytes = memory?.WholeValue ?? 0,
            OomScoreAdj = pod.Status?.QosClass switch { "Guaranteed" => -997, "BestEffort" => 1000, _ => 999 },
        };
    }

    private static Quantity? Amount(IDictionary<string, ResourceQuantity>? list, string name) =>
        list is not null && list.TryGetValue(name, out var value) && Quantity.TryParse(value.ToString(), out var quantity) ? quantity : null;

    private static void Label(IDictionary<string, string> labels, V1Pod pod, string? container)
    {
        labels[ContainerRuntime.PodNameLabel] = pod.Metadata.Name;
        labels[ContainerRuntime.PodNamespaceLabel] = pod.Metadata.NamespaceProperty;
        labels[ContainerRuntime.PodUidLabel] = pod.Metadata.Uid;
        if (container is not null) labels[ContainerRuntime.ContainerNameLabel] = container;
    }
}
