using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>Checks of a pod's affinity to nodes and to other pods.</summary>
internal static class AffinityValidation
{
    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";
    private const string Preferred = "preferredDuringSchedulingIgnoredDuringExecution";

    public static void Validate(JsonObject affinity, string path, ICollection<FieldError> errors)
    {
        if (affinity.Map("nodeAffinity") is { } node) ValidateNode(node, $"{path}.nodeAffinity", errors);
        foreach (var field in new[] { "podAffinity", "podAntiAffinity" })
        {
            if (affinity.Map(field) is { } pods) ValidatePods(pods, $"{path}.{field}", errors);
        }
    }

    private static void ValidateNode(JsonObject affinity, string path, ICollection<FieldError> errors)
    {
        if (affinity.Map(Required) is { } required) NodeSelectorValidation.Validate(required, $"{path}.{Required}", errors);
        foreach (var (term, at) in affinity.Indexed(Preferred, path))
        {
            ValidateWeight(term, at, errors);
            NodeSelectorValidation.ValidateTerm(term.Map("preference") ?? [], $"{at}.preference", errors);
        }
    }

    private static void ValidateWeight(JsonObject term, string path, ICollection<FieldError> errors)
    {
        if (term.Number("weight") is not (>= 1 and <= 100)) errors.Invalid($"{path}.weight", term.Number("weight") ?? 0, "must be in the range 1-100");
    }

    private static void ValidatePods(JsonObject affinity, string path, ICollection<FieldError> errors)
    {
        foreach (var (term, at) in affinity.Indexed(Required, path)) ValidatePodTerm(term, at, errors);
        foreach (var (term, at) in affinity.Indexed(Preferred, path))
        {
            ValidateWeight(term, at, errors);
            ValidatePodTerm(term.Map("podAffinityTerm") ?? [], $"{at}.podAffinityTerm", errors);
        }
    }

    private static void ValidatePodTerm(JsonObject term, string path, ICollection<FieldError> errors)
    {
        LabelSelectorValidation.Validate(term.Map("labelSelector"), $"{path}.labelSelector", errors);
        LabelSelectorValidation.Validate(term.Map("namespaceSelector"), $"{path}.namespaceSelector", errors);
        foreach (var (name, _) in term.IndexedTexts("namespaces", path)) errors.All($"{path}.namespace", name, Names.DnsLabel(name));
        TopologySpreadValidation.ValidateKeys(term, "matchLabelKeys", path, errors);
        TopologySpreadValidation.ValidateKeys(term, "mismatchLabelKeys", path, errors);
        var mismatched = term.IndexedTexts("mismatchLabelKeys", path).Select(k => k.Text).ToHashSet();
        foreach (var (key, at) in term.IndexedTexts("matchLabelKeys", path))
        {
            if (mismatched.Contains(key)) errors.Invalid(at, key, "exists in both matchLabelKeys and mismatchLabelKeys");
        }

        var topology = term.Text("topologyKey") ?? "";
        if (topology.Length == 0) errors.Required($"{path}.topologyKey", "can not be empty");
        errors.All($"{path}.topologyKey", topology, Labels.Key(topology));
    }
}
