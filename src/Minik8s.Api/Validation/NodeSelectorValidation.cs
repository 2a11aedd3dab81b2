using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Checks of <c>NodeSelector</c> objects (core/validation).</summary>
public static class NodeSelectorValidation
{
    public static void Validate(JsonObject selector, string path, ICollection<FieldError> errors)
    {
        if (!selector.Items("nodeSelectorTerms").Any()) errors.Required($"{path}.nodeSelectorTerms", "must have at least one node selector term");
        var i = 0;
        foreach (var term in selector.Items("nodeSelectorTerms")) ValidateTerm(term, $"{path}.nodeSelectorTerms[{i++}]", errors);
    }

    /// <summary>One term: all of its requirements have to fit.</summary>
    public static void ValidateTerm(JsonObject term, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var requirement in term.Items("matchExpressions")) ValidateExpression(requirement, $"{path}.matchExpressions[{i++}]", errors);
        i = 0;
        foreach (var requirement in term.Items("matchFields")) ValidateField(requirement, $"{path}.matchFields[{i++}]", errors);
    }

    private static void ValidateExpression(JsonObject requirement, string path, ICollection<FieldError> errors)
    {
        var values = requirement.Texts("values").ToList();
        switch (requirement.Text("operator"))
        {
            case "In" or "NotIn":
                if (values.Count == 0) errors.Required($"{path}.values", "must be specified when `operator` is 'In' or 'NotIn'");
                break;
            case "Exists" or "DoesNotExist":
                if (values.Count > 0) errors.Forbidden($"{path}.values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
                break;
            case "Gt" or "Lt":
                if (values.Count != 1) errors.Required($"{path}.values", "must be specified single value when `operator` is 'Lt' or 'Gt'");
                else if (!long.TryParse(values[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) errors.Invalid($"{path}.values[0]", values[0], "for 'Gt', 'Lt' operators, the value must be an integer");
                break;
            case var other:
                errors.Invalid($"{path}.operator", other ?? "", "not a valid selector operator");
                break;
        }

        errors.All($"{path}.key", requirement.Text("key") ?? "", Labels.Key(requirement.Text("key") ?? ""));
        for (var i = 0; i < values.Count; i++) errors.All($"{path}.values[{i}]", values[i], Labels.Value(values[i]));
    }

    private static void ValidateField(JsonObject requirement, string path, ICollection<FieldError> errors)
    {
        var values = requirement.Texts("values").ToList();
        if (requirement.Text("operator") is not ("In" or "NotIn")) errors.Invalid($"{path}.operator", requirement.Text("operator") ?? "", "not a valid selector operator");
        else if (values.Count != 1) errors.Required($"{path}.values", "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        if (requirement.Text("key") is not "metadata.name" and var key) errors.Invalid($"{path}.key", key ?? "", "not a valid field selector key");
        else for (var i = 0; i < values.Count; i++) errors.All($"{path}.values[{i}]", values[i], Names.DnsSubdomain(values[i]));
    }
}
