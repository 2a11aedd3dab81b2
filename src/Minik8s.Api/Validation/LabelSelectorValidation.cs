using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Checks of a <c>LabelSelector</c> (meta/v1).</summary>
internal static class LabelSelectorValidation
{
    public static void Validate(JsonObject? selector, string path, ICollection<FieldError> errors)
    {
        if (selector is null) return;
        errors.LabelMap($"{path}.matchLabels", selector.Map("matchLabels"));
        var i = 0;
        foreach (var requirement in selector.Items("matchExpressions"))
        {
            var at = $"{path}.matchExpressions[{i++}]";
            var values = requirement["values"] as JsonArray ?? [];
            switch (requirement.Text("operator"))
            {
                case "In" or "NotIn":
                    if (values.Count == 0) errors.Required($"{at}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                    break;
                case "Exists" or "DoesNotExist":
                    if (values.Count > 0) errors.Forbidden($"{at}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                    break;
                default:
                    errors.Invalid($"{at}.operator", requirement.Text("operator") ?? "", "not a valid selector operator");
                    break;
            }

            errors.All($"{at}.key", requirement.Text("key") ?? "", Labels.Key(requirement.Text("key") ?? ""));
            for (var v = 0; v < values.Count; v++) errors.All($"{at}.values[{v}]", values[v].Text() ?? "", Labels.Value(values[v].Text() ?? ""));
        }
    }

    /// <summary>Whether a selector has neither labels nor expressions.</summary>
    public static bool IsEmpty(JsonObject selector) => selector.Map("matchLabels") is not { Count: > 0 } && selector["matchExpressions"] is not JsonArray { Count: > 0 };
}
