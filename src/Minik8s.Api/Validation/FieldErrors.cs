using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Short forms for recording field failures as Kubernetes' <c>field</c> package words them.</summary>
public static class FieldErrors
{
    public static void Required(this ICollection<FieldError> errors, string field, string detail = "") => errors.Add(new(FieldErrorType.Required, field, null, detail));

    public static void Invalid(this ICollection<FieldError> errors, string field, JsonNode? value, string detail) => errors.Add(new(FieldErrorType.Invalid, field, Print(value), detail));

    public static void Duplicate(this ICollection<FieldError> errors, string field, JsonNode? value) => errors.Add(new(FieldErrorType.Duplicate, field, Print(value), ""));

    public static void Forbidden(this ICollection<FieldError> errors, string field, string detail) => errors.Add(new(FieldErrorType.Forbidden, field, null, detail));

    public static void NotFound(this ICollection<FieldError> errors, string field, JsonNode? value) => errors.Add(new(FieldErrorType.NotFound, field, Print(value), ""));

    public static void NotSupported(this ICollection<FieldError> errors, string field, string value, params string[] supported) =>
        errors.Add(new(FieldErrorType.NotSupported, field, $"\"{value}\"", "supported values: " + string.Join(", ", supported.Order(StringComparer.Ordinal).Select(s => $"\"{s}\""))));

    /// <summary>Records each reason as an invalid value.</summary>
    public static void All(this ICollection<FieldError> errors, string field, string value, IEnumerable<string> reasons)
    {
        foreach (var reason in reasons) errors.Invalid(field, value, reason);
    }

    private static string Print(JsonNode? value) => value?.ToJsonString() ?? "null";
}
