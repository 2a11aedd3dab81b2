using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Short forms for values that are too large, and for choices, as Kubernetes' <c>field</c> package words them.</summary>
internal static class FieldLimits
{
    public static void TooLong(this ICollection<FieldError> errors, string field, int most) =>
        errors.Add(new(FieldErrorType.TooLong, field, null, $"may not be more than {most} bytes"));

    /// <summary>As <c>NotSupported</c>, for the few lists that Kubernetes does not sort.</summary>
    public static void Unsupported(this ICollection<FieldError> errors, string field, string value, params string[] supported) =>
        errors.Add(new(FieldErrorType.NotSupported, field, $"\"{value}\"", "supported values: " + string.Join(", ", supported.Select(s => $"\"{s}\""))));

    /// <summary>A text that must be there and be one of a list.</summary>
    public static void OneOf(this ICollection<FieldError> errors, string field, string? value, params string[] supported)
    {
        if (string.IsNullOrEmpty(value)) errors.Required(field);
        else if (!supported.Contains(value)) errors.NotSupported(field, value, supported);
    }
}
