using System.Text.Json.Nodes;
using Minik8s.Api;

namespace Minik8s.ApiServer.Admission.PodSecurity;

/// <summary>The rules of the level <c>restricted</c>: what hardened pods keep to.</summary>
internal static class RestrictedChecks
{
    private static readonly HashSet<string> VolumeTypes = ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

    public static IReadOnlyList<PodCheck> All { get; } =
    [
        new("allowPrivilegeEscalation", SecurityLevel.Restricted, 8, PrivilegeEscalation),
        new("capabilities_restricted", SecurityLevel.Restricted, 22, Capabilities, Replaces: "capabilities_baseline"),
        new("restrictedVolumes", SecurityLevel.Restricted, 0, Volumes, Replaces: "hostPathVolumes"),
        new("runAsNonRoot", SecurityLevel.Restricted, 0, RunAsNonRoot),
        new("runAsUser", SecurityLevel.Restricted, 23, RunAsUser),
        new("seccompProfile_restricted", SecurityLevel.Restricted, 19, Seccomp.Required, Replaces: "seccompProfile_baseline"),
    ];

    private static Violation? PrivilegeEscalation(PodView pod, int minor)
    {
        if (pod.IsWindows && minor >= 25) return null;
        var containers = pod.Where(c => c.Map("securityContext")?["allowPrivilegeEscalation"].Flag() != false);
        return containers.Count == 0 ? null : new("allowPrivilegeEscalation != false", $"{Wording.Containers(containers)} must set securityContext.allowPrivilegeEscalation=false");
    }

    private static Violation? Capabilities(PodView pod, int minor)
    {
        static JsonObject? Of(JsonObject container) => container.Map("securityContext").Map("capabilities");
        static IEnumerable<string> Added(JsonObject container) => Of(container).Texts("add").Where(c => c != "NET_BIND_SERVICE");
        if (pod.IsWindows && minor >= 25) return null;
        var details = new List<string>();
        var keeping = pod.Where(c => !Of(c).Texts("drop").Contains("ALL"));
        if (keeping.Count > 0) details.Add($"{Wording.Containers(keeping)} must set securityContext.capabilities.drop=[\"ALL\"]");
        var adding = pod.Where(c => Added(c).Any());
        if (adding.Count > 0) details.Add($"{Wording.Containers(adding)} must not include {Wording.Quote(Wording.Distinct(pod.Containers.SelectMany(Added)))} in securityContext.capabilities.add");
        return details.Count == 0 ? null : new("unrestricted capabilities", string.Join("; ", details));
    }

    private static Violation? Volumes(PodView pod, int minor)
    {
        // A volume without any source is an empty directory.
        static string? Bad(JsonObject volume) => volume.Select(f => f.Key).FirstOrDefault(k => k != "name" && volume[k] is not null && !VolumeTypes.Contains(k));
        var volumes = pod.Spec.Items("volumes").Where(v => Bad(v) is not null).ToList();
        if (volumes.Count == 0) return null;
        var types = Wording.Distinct(volumes.Select(Bad).OfType<string>());
        return new("restricted volume types",
            $"{Wording.Plural("volume", volumes.Count)} {Wording.Quote(volumes.Select(v => v.Text("name") ?? ""))} {(volumes.Count == 1 ? "uses" : "use")} {Wording.Plural("restricted volume type", types.Count)} {Wording.Quote(types)}");
    }

    private static Violation? RunAsNonRoot(PodView pod, int minor)
    {
        const string Reason = "runAsNonRoot != true";
        static bool? Of(JsonObject? context) => context?["runAsNonRoot"].Flag();
        if (pod.OwnUsers && minor >= 35) return null;
        var podSets = Of(pod.SecurityContext) == false;
        var refusing = pod.Where(c => Of(c.Map("securityContext")) == false);
        if (podSets || refusing.Count > 0) return new(Reason, $"{Wording.Setters(podSets, refusing)} must not set securityContext.runAsNonRoot=false");
        if (Of(pod.SecurityContext) == true) return null;
        var silent = pod.Where(c => Of(c.Map("securityContext")) is null);
        return silent.Count == 0 ? null : new(Reason, $"pod or {Wording.Containers(silent)} must set securityContext.runAsNonRoot=true");
    }

    private static Violation? RunAsUser(PodView pod, int minor)
    {
        if (pod.OwnUsers && minor >= 35) return null;
        var podSets = pod.SecurityContext.Number("runAsUser") == 0;
        var containers = pod.Where(c => c.Map("securityContext").Number("runAsUser") == 0);
        return !podSets && containers.Count == 0 ? null : new("runAsUser=0", $"{Wording.Setters(podSets, containers)} must not set runAsUser=0");
    }
}
