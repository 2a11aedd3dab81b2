using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.PersistentVolumes;

/// <summary>Checks of a claim's spec, on its own or in a template.</summary>
internal static class PersistentVolumeClaimValidation
{
    public static void Validate(JsonObject spec, string path, ICollection<FieldError> errors)
    {
        VolumeChecks.ValidateAccessModes(spec, path, "at least 1 access mode is required", errors);
        LabelSelectorValidation.Validate(spec.Map("selector"), $"{path}.selector", errors);
        var storage = spec.Map("resources").Map("requests")?["storage"];
        if (storage is null) errors.Required($"{path}.resources[storage]");
        else ResourceNames.ValidatePositive(storage, $"{path}.resources[storage]", errors);
        VolumeChecks.ValidateClass(spec, "storageClassName", path, errors);
        VolumeChecks.ValidateMode(spec, path, errors);
        var (source, reference) = (spec.Map("dataSource"), spec.Map("dataSourceRef"));
        if (source is not null) ValidateSource(source, $"{path}.dataSource", errors);
        if (reference is not null) ValidateSource(reference, $"{path}.dataSourceRef", errors);
        if (reference.Text("namespace") is { Length: > 0 } ns)
        {
            errors.All($"{path}.dataSourceRef.namespace", ns, Names.DnsLabel(ns));
            if (source is not null) errors.Invalid(path, $"{path}.dataSource", "may not be specified when dataSourceRef.namespace is specified");
        }
        else if (source is not null && reference is not null && new[] { "apiGroup", "kind", "name" }.Any(f => source.Text(f) != reference.Text(f)))
        {
            errors.Invalid(path, $"{path}.dataSource", "must match dataSourceRef");
        }

        VolumeChecks.ValidateClass(spec, "volumeAttributesClassName", path, errors);
    }

    private static void ValidateSource(JsonObject source, string path, ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(source.Text("name"))) errors.Required($"{path}.name");
        if (string.IsNullOrEmpty(source.Text("kind"))) errors.Required($"{path}.kind");
        var group = source.Text("apiGroup") ?? "";
        if (group.Length > 0) errors.All($"{path}.apiGroup", group, Names.DnsSubdomain(group));
        else if (source.Text("kind") != "PersistentVolumeClaim") errors.Invalid(path, source.Text("kind") ?? "", "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
    }
}
