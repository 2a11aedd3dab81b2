using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>A pod's spec is fixed once it exists, but for images, deadlines, further tolerations, and what a pod that is still held back may narrow.</summary>
internal static class PodUpdateValidation
{
    private const string Changeable = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
        + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

    private const string Required = "requiredDuringSchedulingIgnoredDuringExecution";

    public static void Validate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        ValidateAnnotations(obj, old, errors);
        var (spec, before) = (obj.Map("spec") ?? [], old.Map("spec") ?? []);
        foreach (var list in new[] { "containers", "initContainers" })
        {
            if (spec.Items(list).Count() == before.Items(list).Count()) continue;
            errors.Forbidden($"spec.{list}", "pod updates may not add or remove containers");
            return;
        }

        if (!ValidateDeadline(spec, before, errors)) return;
        ValidateTolerations(spec, before, errors);
        ValidateGates(spec, before, errors);
        if (JsonNode.DeepEquals(spec, before)) return;
        if (PodQos.ClassOf(spec) != PodQos.ClassOf(before)) errors.Invalid("metadata", obj.Map("status").Text("qosClass") ?? "", "Pod QoS is immutable");
        var munged = WithoutChangeable(spec, before);
        if (before.Items("schedulingGates").Any()) TakeNarrowed(munged, before, errors);
        if (!JsonNode.DeepEquals(munged, before)) errors.Forbidden("spec", Changeable);
    }

    /// <summary>Checks what <c>pods/ephemeralcontainers</c> changes: containers are added, never changed or removed.</summary>
    public static void ValidateEphemeralContainers(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        const string path = "spec.ephemeralContainers";
        if (PodValidation.IsMirror(old))
        {
            errors.Forbidden("", "static pods do not support ephemeral containers");
            return;
        }

        var present = obj.Map("spec").Items("ephemeralContainers").ToDictionary(c => c.Text("name") ?? "", c => c);
        foreach (var container in old.Map("spec").Items("ephemeralContainers"))
        {
            var name = container.Text("name") ?? "";
            if (!present.TryGetValue(name, out var now)) errors.Forbidden(path, $"existing ephemeral containers \"{name}\" may not be removed");
            else if (!JsonNode.DeepEquals(now, container)) errors.Forbidden(path, $"existing ephemeral containers \"{name}\" may not be changed");
        }
    }

    private static void ValidateAnnotations(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        const string mirror = "kubernetes.io/config.mirror";
        const string appArmor = "container.apparmor.security.beta.kubernetes.io/";
        var (now, before) = (obj.Map("metadata").Map("annotations") ?? [], old.Map("metadata").Map("annotations") ?? []);
        foreach (var key in now.Concat(before).Select(a => a.Key).Distinct())
        {
            if (now.Text(key) == before.Text(key)) continue;
            var verb = before.ContainsKey(key) ? "remove or update" : "add";
            if (key == mirror) errors.Forbidden($"metadata.annotations[{key}]", $"may not {verb} mirror pod annotation");
            if (key.StartsWith(appArmor, StringComparison.Ordinal)) errors.Forbidden($"metadata.annotations[{key}]", $"may not {verb} AppArmor annotations");
        }
    }

    /// <returns>False when nothing further is worth checking.</returns>
    private static bool ValidateDeadline(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        var former = before.Number("activeDeadlineSeconds");
        if (spec.Number("activeDeadlineSeconds") is not { } deadline)
        {
            if (former is not null) errors.Invalid("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value");
            return true;
        }

        if (former is null || deadline <= former) return true;
        errors.Invalid("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value");
        return false;
    }

    private static void ValidateTolerations(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        foreach (var toleration in before.Items("tolerations"))
        {
            if (spec.Items("tolerations").Any(n => SameButForSeconds(n, toleration))) continue;
            errors.Forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds");
            return;
        }
    }

    private static bool SameButForSeconds(JsonObject a, JsonObject b) =>
        new[] { "key", "operator", "value", "effect" }.All(f => (a.Text(f) ?? "") == (b.Text(f) ?? ""));

    private static void ValidateGates(JsonObject spec, JsonObject before, ICollection<FieldError> errors)
    {
        var known = before.Items("schedulingGates").Select(g => g.Text("name")).ToHashSet();
        foreach (var (gate, at) in spec.Indexed("schedulingGates", "spec"))
        {
            if (!known.Contains(gate.Text("name"))) errors.Forbidden($"{at}.name", $"only deletion is allowed, but found new scheduling gate '{gate.Text("name")}'");
        }
    }

    /// <summary>The new spec with the old values of what has been checked on its own.</summary>
    private static JsonObject WithoutChangeable(JsonObject spec, JsonObject before)
    {
        var munged = spec.DeepClone().AsObject();
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var (now, then) in munged.Items(list).Zip(before.Items(list)).ToList()) Restore(now, then, "image");
        }

        Restore(munged, before, "activeDeadlineSeconds");
        Restore(munged, before, "schedulingGates");
        Restore(munged, before, "tolerations");
        if (before.Number("terminationGracePeriodSeconds") is < 0 && munged.Number("terminationGracePeriodSeconds") == 1) Restore(munged, before, "terminationGracePeriodSeconds");
        return munged;
    }

    /// <summary>A pod that is not to be scheduled yet may ask for fewer nodes than before.</summary>
    private static void TakeNarrowed(JsonObject munged, JsonObject before, ICollection<FieldError> errors)
    {
        foreach (var (key, value) in before.Map("nodeSelector") ?? [])
        {
            if (munged.Map("nodeSelector").Text(key) == value.Text()) continue;
            errors.Invalid("spec.nodeSelector", munged["nodeSelector"], "only additions to spec.nodeSelector are allowed (no mutations or deletions)");
            break;
        }

        Restore(munged, before, "nodeSelector");
        var (now, then) = (munged.Map("affinity").Map("nodeAffinity"), before.Map("affinity").Map("nodeAffinity"));
        if (JsonNode.DeepEquals(now, then)) return;
        ValidateTerms(now, then, errors);
        if (then is not null) munged.Ensure("affinity")["nodeAffinity"] = then.DeepClone();
        else munged.Map("affinity")?.Remove("nodeAffinity");
        if (before.Map("affinity") is null && munged.Map("affinity") is { Count: 0 }) munged.Remove("affinity");
    }

    private static void ValidateTerms(JsonObject? now, JsonObject? then, ICollection<FieldError> errors)
    {
        const string path = $"spec.affinity.nodeAffinity.{Required}.nodeSelectorTerms";
        var former = then.Map(Required).Items("nodeSelectorTerms").ToList();
        if (former.Count == 0) return;
        var terms = now.Map(Required).Items("nodeSelectorTerms").ToList();
        if (terms.Count != former.Count)
        {
            errors.Invalid(path, now.Map(Required)?["nodeSelectorTerms"], "no additions/deletions to non-empty NodeSelectorTerms list are allowed");
            return;
        }

        for (var i = 0; i < terms.Count; i++)
        {
            if (!OnlyAdds(terms[i], former[i])) errors.Invalid($"{path}[{i}]", terms[i], "only additions are allowed (no mutations or deletions)");
        }
    }

    private static bool OnlyAdds(JsonObject term, JsonObject former)
    {
        // An empty term fits no node; with something added to it, it would fit some.
        if (former.Count == 0 && term.Count > 0) return false;
        foreach (var list in new[] { "matchExpressions", "matchFields" })
        {
            var (now, then) = (term.Items(list).ToList(), former.Items(list).ToList());
            if (now.Count < then.Count || !then.Zip(now).All(p => JsonNode.DeepEquals(p.First, p.Second))) return false;
        }

        return true;
    }

    private static void Restore(JsonObject obj, JsonObject old, string field)
    {
        if (old[field] is { } value) obj[field] = value.DeepClone();
        else obj.Remove(field);
    }
}
