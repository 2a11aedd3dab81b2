using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of the security settings of pods and containers, and of what fits the operating system that a pod names.</summary>
internal static partial class SecurityContextValidation
{
    private const string SysctlForm = "^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?$";

    private static readonly string[] LinuxPodFields =
    [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "fsGroup", "fsGroupChangePolicy", "sysctls", "runAsUser", "runAsGroup", "supplementalGroups", "supplementalGroupsPolicy",
    ];

    private static readonly string[] LinuxContainerFields =
    [
        "appArmorProfile", "seLinuxOptions", "seccompProfile", "capabilities", "readOnlyRootFilesystem", "privileged", "allowPrivilegeEscalation", "procMount", "runAsUser", "runAsGroup",
    ];

    public static void ValidatePod(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec.Map("securityContext") is not { } context) return;
        var at = $"{path}.securityContext";
        foreach (var field in new[] { "fsGroup", "runAsUser", "runAsGroup" }) errors.Range($"{at}.{field}", context[field], 0, int.MaxValue);
        var groups = context["supplementalGroups"] as JsonArray ?? [];
        for (var i = 0; i < groups.Count; i++) errors.Range($"{at}.supplementalGroups[{i}]", groups[i], 0, int.MaxValue);
        if (spec.Flag("shareProcessNamespace") && spec.Flag("hostPID")) errors.Invalid($"{at}.shareProcessNamespace", true, "ShareProcessNamespace and HostPID cannot both be enabled");
        ValidateSysctls(spec, context, at, errors);
        if (context.Text("fsGroupChangePolicy") is { } change and not ("Always" or "OnRootMismatch")) errors.NotSupported($"{at}.fsGroupChangePolicy", change, "Always", "OnRootMismatch");
        ValidateSeccomp(context.Map("seccompProfile"), $"{at}.seccompProfile", errors);
        ValidateAppArmor(context.Map("appArmorProfile"), $"{at}.appArmorProfile", errors);
        if (context.Text("supplementalGroupsPolicy") is { } policy and not ("Merge" or "Strict")) errors.NotSupported($"{at}.supplementalGroupsPolicy", policy, "Merge", "Strict");
        if (context.Text("seLinuxChangePolicy") is { } labels and not ("MountOption" or "Recursive")) errors.NotSupported($"{at}.seLinuxChangePolicy", labels, "MountOption", "Recursive");
    }

    /// <summary>Checks a container's context; <paramref name="hostUsers"/> says whether the pod shares the host's user namespace.</summary>
    public static void ValidateContainer(JsonObject context, string path, bool hostUsers, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "runAsUser", "runAsGroup" }) errors.Range($"{path}.{field}", context[field], 0, int.MaxValue);
        if (context.Text("procMount") is { } mount)
        {
            if (mount is not ("Default" or "Unmasked")) errors.NotSupported($"{path}.procMount", mount, "Default", "Unmasked");
            if (hostUsers && mount == "Unmasked") errors.Invalid($"{path}.procMount", mount, "`hostUsers` must be false to use `Unmasked`");
        }

        if (context["allowPrivilegeEscalation"].Flag() is false)
        {
            if (context.Flag("privileged")) errors.Invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
            if (context.Map("capabilities").IndexedTexts("add", path).Any(c => c.Text == "CAP_SYS_ADMIN"))
            {
                errors.Invalid(path, context, "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
            }
        }

        ValidateSeccomp(context.Map("seccompProfile"), $"{path}.seccompProfile", errors);
        ValidateAppArmor(context.Map("appArmorProfile"), $"{path}.appArmorProfile", errors);
    }

    /// <summary>Refuses what the operating system that the pod names does not have.</summary>
    public static void ValidateOs(JsonObject spec, string path, string os, ICollection<FieldError> errors)
    {
        var windows = os == "windows";
        var podFields = windows ? LinuxPodFields : ["windowsOptions"];
        var containerFields = windows ? LinuxContainerFields : ["windowsOptions"];
        var why = windows ? "cannot be set for a windows pod" : "windows options cannot be set for a linux pod";
        Refuse(spec.Map("securityContext"), $"{path}.securityContext", podFields, why, errors);
        if (windows)
        {
            foreach (var field in new[] { "hostUsers", "shareProcessNamespace" })
            {
                if (spec[field] is not null) errors.Forbidden($"{path}.{field}", why);
            }

            foreach (var field in new[] { "hostPID", "hostIPC" })
            {
                if (spec.Flag(field)) errors.Forbidden($"{path}.{field}", why);
            }
        }

        foreach (var list in new[] { "initContainers", "containers", "ephemeralContainers" })
        {
            foreach (var (container, at) in spec.Indexed(list, path)) Refuse(container.Map("securityContext"), $"{at}.securityContext", containerFields, why, errors);
        }
    }

    private static void Refuse(JsonObject? context, string path, string[] fields, string why, ICollection<FieldError> errors)
    {
        foreach (var field in fields)
        {
            if (context?[field] is not null) errors.Forbidden($"{path}.{field}", why);
        }
    }

    private static void ValidateSysctls(JsonObject spec, JsonObject context, string path, ICollection<FieldError> errors)
    {
        var names = new HashSet<string>();
        foreach (var (sysctl, at) in context.Indexed("sysctls", path))
        {
            var name = sysctl.Text("name") ?? "";
            if (name.Length == 0) errors.Required($"{at}.name");
            else if (name.Length > 253 || !Sysctl().IsMatch(name)) errors.Invalid($"{at}.name", name, $"must have at most 253 characters and match regex {SysctlForm}");
            else if (names.Contains(name)) errors.Duplicate($"{at}.name", name);
            names.Add(name);
            var dotted = name.Replace('/', '.');
            if (spec.Flag("hostNetwork") && dotted.StartsWith("net.", StringComparison.Ordinal)) errors.Invalid($"{at}.name", name, "may not be specified when 'hostNetwork' is true");
            var ipc = dotted.StartsWith("fs.mqueue.", StringComparison.Ordinal) || dotted.StartsWith("kernel.msg", StringComparison.Ordinal) || dotted.StartsWith("kernel.shm", StringComparison.Ordinal)
                || dotted.StartsWith("kernel.sem", StringComparison.Ordinal);
            if (spec.Flag("hostIPC") && ipc) errors.Invalid($"{at}.name", name, "may not be specified when 'hostIPC' is true");
        }
    }

    private static void ValidateSeccomp(JsonObject? profile, string path, ICollection<FieldError> errors)
    {
        if (profile is null) return;
        var type = profile.Text("type") ?? "";
        if (type.Length == 0) errors.Required($"{path}.type", "type is required when seccompProfile is set");
        else if (type is not ("Localhost" or "RuntimeDefault" or "Unconfined")) errors.NotSupported($"{path}.type", type, "Localhost", "RuntimeDefault", "Unconfined");
        var local = profile.Text("localhostProfile");
        if (type != "Localhost")
        {
            if (local is not null) errors.Invalid($"{path}.localhostProfile", profile, "can only be set when seccomp type is Localhost");
        }
        else if (local is null)
        {
            errors.Required($"{path}.localhostProfile", "must be set when seccomp type is Localhost");
        }
        else
        {
            Paths.ValidateDescending(local, $"{path}.localhostProfile", errors);
        }
    }

    private static void ValidateAppArmor(JsonObject? profile, string path, ICollection<FieldError> errors)
    {
        if (profile is null) return;
        var local = profile.Text("localhostProfile");
        switch (profile.Text("type") ?? "")
        {
            case "Localhost":
                if (string.IsNullOrWhiteSpace(local)) errors.Required($"{path}.localhostProfile", "must be set when AppArmor type is Localhost");
                else if (local.Trim() != local) errors.Invalid($"{path}.localhostProfile", local, "must not be padded with whitespace");
                break;
            case "RuntimeDefault" or "Unconfined":
                if (local is not null) errors.Invalid($"{path}.localhostProfile", local, "can only be set when AppArmor type is Localhost");
                break;
            case "":
                errors.Required($"{path}.type", "type is required when appArmorProfile is set");
                break;
            case var other:
                errors.NotSupported($"{path}.type", other, "Localhost", "RuntimeDefault", "Unconfined");
                break;
        }
    }

    [GeneratedRegex("^([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Sysctl();
}
