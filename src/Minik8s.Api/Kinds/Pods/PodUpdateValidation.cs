using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Pods;

/// <summary>A pod's spec is fixed once it exists, but for images, deadlines and further tolerations.</summary>
internal static class PodUpdateValidation
{
    public static void Validate(JsonObject obj, JsonObject old, ICollection<FieldError> errors)
    {
        var spec = obj.Map("spec")!.DeepClone().AsObject();
        var before = old.Map("spec")!.DeepClone().AsObject();
        foreach (var list in new[] { "containers", "initContainers" })
        {
            foreach (var (now, then) in spec.Items(list).Zip(before.Items(list)))
            {
                if (string.IsNullOrEmpty(now.Text("image"))) continue;
                now["image"] = then["image"]?.DeepClone();
            }
        }

        if (spec.Number("activeDeadlineSeconds") is { } deadline)
        {
            if (before.Number("activeDeadlineSeconds") is { } former && deadline > former) errors.Invalid("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value");
            before["activeDeadlineSeconds"] = spec["activeDeadlineSeconds"]!.DeepClone();
        }

        if (TolerationsOnlyAdded(spec, before)) before["tolerations"] = spec["tolerations"]?.DeepClone();
        if (before.Number("terminationGracePeriodSeconds") is < 0 && spec.Number("terminationGracePeriodSeconds") == 1) before["terminationGracePeriodSeconds"] = 1;
        if (!JsonNode.DeepEquals(spec, before))
        {
            errors.Forbidden(
                "spec",
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                + "`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)");
        }
    }

    private static bool TolerationsOnlyAdded(JsonObject spec, JsonObject before) =>
        before.Items("tolerations").All(t => spec.Items("tolerations").Any(n => JsonNode.DeepEquals(n, t)));
}
