using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Selectors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Apps;

/// <summary>The selector of a workload: it must be there, be valid, and not select everything.</summary>
internal static class SelectorChecks
{
    /// <returns>The selector; null when it is not valid, which has been reported then.</returns>
    public static LabelSelector? Require(JsonObject spec, string kind, ICollection<FieldError> errors, string invalid = "invalid label selector")
    {
        var selector = spec.Map("selector");
        if (selector is null)
        {
            errors.Required("spec.selector");
        }
        else
        {
            LabelSelectorValidation.Validate(selector, "spec.selector", errors);
            if (LabelSelectorValidation.IsEmpty(selector)) errors.Invalid("spec.selector", selector, $"empty selector is invalid for {kind}");
        }

        if (LabelSelector.TryOf(selector, out var read)) return read;
        errors.Invalid("spec.selector", selector, invalid);
        return null;
    }
}
