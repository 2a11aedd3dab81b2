using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>Checks that volumes and claims share (core/validation).</summary>
internal static class VolumeChecks
{
    private static readonly string[] Modes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

    public static void ValidateAccessModes(JsonObject spec, string path, string required, ICollection<FieldError> errors)
    {
        var modes = spec.Texts("accessModes").ToList();
        if (modes.Count == 0) errors.Required($"{path}.accessModes", required);
        foreach (var mode in modes.Where(m => !Modes.Contains(m))) errors.NotSupported($"{path}.accessModes", mode, Modes);
        if (modes.Contains("ReadWriteOncePod") && modes.Any(m => m != "ReadWriteOncePod" && Modes.Contains(m)))
        {
            errors.Forbidden($"{path}.accessModes", "may not use ReadWriteOncePod with other access modes");
        }
    }

    public static void ValidateMode(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        if (spec.Text("volumeMode") is { } mode && mode is not ("Block" or "Filesystem")) errors.NotSupported($"{path}.volumeMode", mode, "Block", "Filesystem");
    }

    public static void ValidateClass(JsonObject spec, string field, string path, ICollection<FieldError> errors)
    {
        if (spec.Text(field) is { Length: > 0 } name) errors.All($"{path}.{field}", name, Names.DnsSubdomain(name));
    }

    /// <summary>The name of a CSI driver.</summary>
    public static void ValidateDriver(string name, string path, ICollection<FieldError> errors)
    {
        if (name.Length == 0) errors.Required(path);
        if (name.Length > 63) errors.TooLong(path, 63);
        errors.All(path, name, Names.DnsSubdomain(name.ToLowerInvariant()));
    }
}
