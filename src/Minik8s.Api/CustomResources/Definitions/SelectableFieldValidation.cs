using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Checks of the fields that a custom kind can be selected by (KEP-4358).</summary>
internal static class SelectableFieldValidation
{
    private const int Most = 8;

    public static void Validate(JsonObject version, string path, ICollection<FieldError> errors)
    {
        var fields = version.Items("selectableFields").ToList();
        if (fields.Count == 0) return;
        var at = $"{path}.selectableFields";
        if (version.Map("schema").Map("openAPIV3Schema") is not { } schema)
        {
            errors.Invalid(at, "", "selectableFields may only be set when version.schema.openAPIV3Schema is not included");
            return;
        }

        var seen = new HashSet<string>();
        for (var i = 0; i < fields.Count; i++)
        {
            var field = $"{at}[{i}].jsonPath";
            var text = fields[i].Text("jsonPath") ?? "";
            if (text.Length == 0)
            {
                errors.Required(field);
                continue;
            }

            if (Find(schema, text, out var reason) is not { } found)
            {
                errors.Invalid(field, text, $"is an invalid path: {reason}");
                continue;
            }

            if (text.StartsWith(".metadata", StringComparison.Ordinal)) errors.Invalid(field, text, "must not point to fields in metadata");
            if (found.Text("type") is not ("string" or "boolean" or "integer")) errors.Invalid(field, text, "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.");
            if (!seen.Add(text)) errors.Duplicate(field, text);
        }

        if (seen.Count > Most) errors.Add(new(FieldErrorType.TooMany, at, $"{seen.Count}", $"must have at most {Most} items"));
    }

    private static JsonObject? Find(JsonObject schema, string path, out string reason)
    {
        reason = "";
        if (path[0] != '.')
        {
            reason = "expected [ or . but got: " + path[..1];
            return null;
        }

        var at = schema;
        foreach (var name in path[1..].Split('.'))
        {
            if (name.Contains('['))
            {
                reason = "array notation is not allowed";
                return null;
            }

            if ((at.Map("properties").Map(name) ?? at.Map("additionalProperties")) is not { } next)
            {
                reason = "does not refer to a valid field";
                return null;
            }

            at = next;
        }

        return at;
    }
}
