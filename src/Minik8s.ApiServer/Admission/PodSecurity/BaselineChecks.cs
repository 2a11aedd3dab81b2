using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The rules of the level <c>baseline</c>: what no ordinary pod needs.</summary>
internal static class BaselineChecks
{
    private const string AppArmorAnnotation = "container.apparmor.security.beta.kubernetes.io/";

    private static readonly HashSet<string> Capabilities =
    [
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    ];

    /// <summary>The kernel settings that a pod may change, with the version that allowed each.</summary>
    private static readonly Dictionary<string, int> Sysctls = new(StringComparer.Ordinal)
    {
        ["kernel.shm_rmid_forced"] = 0,
        ["net.ipv4.ip_local_port_range"] = 0,
        ["net.ipv4.tcp_syncookies"] = 0,
        ["net.ipv4.ping_group_range"] = 0,
        ["net.ipv4.ip_unprivileged_port_start"] = 0,
        ["net.ipv4.ip_local_reserved_ports"] = 27,
        ["net.ipv4.tcp_keepalive_time"] = 29,
        ["net.ipv4.tcp_fin_timeout"] = 29,
        ["net.ipv4.tcp_keepalive_intvl"] = 29,
        ["net.ipv4.tcp_keepalive_probes"] = 29,
        ["net.ipv4.tcp_rmem"] = 32,
        ["net.ipv4.tcp_wmem"] = 32,
    };

    public static IReadOnlyList<PodCheck> All { get; } =
    [
        new("appArmorProfile", SecurityLevel.Baseline, 0, AppArmor),
        new("capabilities_baseline", SecurityLevel.Baseline, 0, AddedCapabilities),
        new("hostNamespaces", SecurityLevel.Baseline, 0, HostNamespaces),
        new("hostPathVolumes", SecurityLevel.Baseline, 0, HostPaths),
        new("hostPorts", SecurityLevel.Baseline, 0, HostPorts),
        new("hostProbesAndHostLifecycle", SecurityLevel.Baseline, 34, HandlerHosts),
        new("privileged", SecurityLevel.Baseline, 0, Privileged),
        new("procMount", SecurityLevel.Baseline, 0, ProcMount),
        new("seLinuxOptions", SecurityLevel.Baseline, 0, SeLinux),
        new("seccompProfile_baseline", SecurityLevel.Baseline, 19, (pod, _) => Seccomp.Forbidden(pod)),
        new("sysctls", SecurityLevel.Baseline, 0, ForbiddenSysctls),
        new("windowsHostProcess", SecurityLevel.Baseline, 0, WindowsHostProcess),
    ];

    private static Violation? AppArmor(PodView pod, int minor)
    {
        static bool Bad(JsonObject? context) => context.Map("appArmorProfile").Text("type") is { } type && type is not ("RuntimeDefault" or "Localhost");
        var values = new SortedSet<string>(StringComparer.Ordinal);
        var details = new List<string>();
        var podSets = Bad(pod.SecurityContext);
        if (podSets) values.Add(pod.SecurityContext.Map("appArmorProfile").Text("type")!);
        var containers = pod.Where(c => Bad(c.Map("securityContext")));
        foreach (var container in pod.Containers.Where(c => Bad(c.Map("securityContext")))) values.Add(container.Map("securityContext").Map("appArmorProfile").Text("type")!);
        if (values.Count > 0) details.Add($"{Wording.Setters(podSets, containers)} must not set AppArmor profile type to {Wording.Quote(values)}");

        var annotations = Wording.Distinct((pod.Annotations ?? []).Where(a => a.Key.StartsWith(AppArmorAnnotation, StringComparison.Ordinal) && !Allowed(a.Value.Text() ?? "")).Select(a => $"{a.Key}=\"{a.Value.Text()}\""));
        if (annotations.Count > 0) details.Add($"{Wording.Plural("annotation", annotations.Count)} {string.Join(", ", annotations)}");
        return details.Count == 0 ? null : new(Wording.Plural("forbidden AppArmor profile", values.Count + annotations.Count), string.Join("; ", details));

        static bool Allowed(string profile) => profile.Length == 0 || profile == "runtime/default" || profile.StartsWith("localhost/", StringComparison.Ordinal);
    }

    private static Violation? AddedCapabilities(PodView pod, int minor)
    {
        static IEnumerable<string> Bad(JsonObject container) => container.Map("securityContext").Map("capabilities").Texts("add").Where(c => !Capabilities.Contains(c));
        var containers = pod.Where(c => Bad(c).Any());
        return containers.Count == 0 ? null : new("non-default capabilities",
            $"{Wording.Containers(containers)} must not include {Wording.Quote(Wording.Distinct(pod.Containers.SelectMany(Bad)))} in securityContext.capabilities.add");
    }

    private static Violation? HostNamespaces(PodView pod, int minor)
    {
        var used = new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(n => pod.Spec.Flag(n)).Select(n => n + "=true").ToList();
        return used.Count == 0 ? null : new("host namespaces", string.Join(", ", used));
    }

    private static Violation? HostPaths(PodView pod, int minor)
    {
        var volumes = pod.Spec.Items("volumes").Where(v => v.Map("hostPath") is not null).Select(v => v.Text("name") ?? "").ToList();
        return volumes.Count == 0 ? null : new("hostPath volumes", $"{Wording.Plural("volume", volumes.Count)} {Wording.Quote(volumes)}");
    }

    private static Violation? HostPorts(PodView pod, int minor)
    {
        static IEnumerable<long> Ports(JsonObject container) => container.Items("ports").Select(p => p.Number("hostPort") ?? 0).Where(p => p != 0);
        var containers = pod.Where(c => Ports(c).Any());
        if (containers.Count == 0) return null;
        var ports = Wording.Distinct(pod.Containers.SelectMany(Ports).Select(p => p.ToString(CultureInfo.InvariantCulture)));
        return new("hostPort", $"{Wording.Containers(containers)} {(containers.Count == 1 ? "uses" : "use")} {Wording.Plural("hostPort", ports.Count)} {string.Join(", ", ports)}");
    }

    private static Violation? HandlerHosts(PodView pod, int minor)
    {
        static IEnumerable<string> Hosts(JsonObject container)
        {
            var handlers = new[] { "livenessProbe", "readinessProbe", "startupProbe" }.Select(container.Map)
                .Concat(new[] { "postStart", "preStop" }.Select(h => container.Map("lifecycle").Map(h)));
            return handlers.SelectMany(h => new[] { h.Map("httpGet").Text("host"), h.Map("tcpSocket").Text("host") }).OfType<string>().Where(h => h.Length > 0);
        }

        var containers = Wording.Distinct(pod.Where(c => Hosts(c).Any()));
        if (containers.Count == 0) return null;
        var hosts = Wording.Distinct(pod.Containers.SelectMany(Hosts));
        return new("probe or lifecycle host", $"{Wording.Containers(containers)} {(containers.Count == 1 ? "uses" : "use")} {Wording.Plural("probe or lifecycle host", hosts.Count)} {Wording.Quote(hosts)}");
    }

    private static Violation? Privileged(PodView pod, int minor)
    {
        var containers = pod.Where(c => c.Map("securityContext").Flag("privileged"));
        return containers.Count == 0 ? null : new("privileged", $"{Wording.Containers(containers)} must not set securityContext.privileged=true");
    }

    private static Violation? ProcMount(PodView pod, int minor)
    {
        static string? Bad(JsonObject container) => container.Map("securityContext").Text("procMount") is { } mount && mount != "Default" ? mount : null;
        if (pod.OwnUsers && minor >= 35) return null;
        var containers = pod.Where(c => Bad(c) is not null);
        return containers.Count == 0 ? null : new("procMount",
            $"{Wording.Containers(containers)} must not set securityContext.procMount to {Wording.Quote(Wording.Distinct(pod.Containers.Select(Bad).OfType<string>()))}");
    }

    private static Violation? SeLinux(PodView pod, int minor)
    {
        bool BadType(JsonObject? options) => options.Text("type") is { Length: > 0 } type && type is not ("container_t" or "container_init_t" or "container_kvm_t") && !(type == "container_engine_t" && minor >= 31);
        bool Bad(JsonObject? options) => BadType(options) || options.Text("user") is { Length: > 0 } || options.Text("role") is { Length: > 0 };
        static JsonObject? Options(JsonObject container) => container.Map("securityContext").Map("seLinuxOptions");
        var podSets = Bad(pod.SecurityContext.Map("seLinuxOptions"));
        var containers = pod.Where(c => Bad(Options(c)));
        if (!podSets && containers.Count == 0) return null;
        var options = pod.Containers.Select(Options).Append(pod.SecurityContext.Map("seLinuxOptions")).ToList();
        var types = Wording.Distinct(options.Where(BadType).Select(o => o.Text("type")!));
        var what = new List<string>();
        if (types.Count > 0) what.Add($"{Wording.Plural("type", types.Count)} {Wording.Quote(types)}");
        if (options.Any(o => o.Text("user") is { Length: > 0 })) what.Add("user may not be set");
        if (options.Any(o => o.Text("role") is { Length: > 0 })) what.Add("role may not be set");
        return new("seLinuxOptions", $"{Wording.Setters(podSets, containers)} set forbidden securityContext.seLinuxOptions: {string.Join("; ", what)}");
    }

    private static Violation? ForbiddenSysctls(PodView pod, int minor)
    {
        var names = pod.SecurityContext.Items("sysctls").Select(s => s.Text("name") ?? "").Where(n => !Sysctls.TryGetValue(n, out var since) || since > minor).ToList();
        return names.Count == 0 ? null : new("forbidden sysctls", string.Join(", ", names));
    }

    private static Violation? WindowsHostProcess(PodView pod, int minor)
    {
        static bool Bad(JsonObject? context) => context.Map("windowsOptions").Flag("hostProcess");
        var containers = pod.Where(c => Bad(c.Map("securityContext")));
        var podSets = Bad(pod.SecurityContext);
        return !podSets && containers.Count == 0 ? null : new("hostProcess", $"{Wording.Setters(podSets, containers)} must not set securityContext.windowsOptions.hostProcess=true");
    }
}
