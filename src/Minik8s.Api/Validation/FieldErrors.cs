using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Short forms for recording field failures as Kubernetes' <c>field</c> package words them.</summary>
public static class FieldErrors
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void Required(this ICollection<FieldError> errors, string field, string detail = "") => errors.Add(new(FieldErrorType.Required, field, null, detail));

    public static void Invalid(this ICollection<FieldError> errors, string field, JsonNode? value, string detail) => errors.Add(new(FieldErrorType.Invalid, field, Print(value), detail));

    public static void Duplicate(this ICollection<FieldError> errors, string field, JsonNode? value) => errors.Add(new(FieldErrorType.Duplicate, field, Print(value), ""));

    public static void Forbidden(this ICollection<FieldError> errors, string field, string detail) => errors.Add(new(FieldErrorType.Forbidden, field, null, detail));

    public static void NotFound(this ICollection<FieldError> errors, string field, JsonNode? value) => errors.Add(new(FieldErrorType.NotFound, field, Print(value), ""));

    public static void NotSupported(this ICollection<FieldError> errors, string field, string value, params string[] supported) =>
        errors.Add(new(FieldErrorType.NotSupported, field, $"\"{value}\"", Supported(supported)));

    /// <summary>A value that is no text: printed as JSON.</summary>
    public static void NotSupported(this ICollection<FieldError> errors, string field, JsonNode? value, params string[] supported) =>
        errors.Add(new(FieldErrorType.NotSupported, field, Print(value), Supported(supported)));

    /// <summary>Records each reason as an invalid value.</summary>
    public static void All(this ICollection<FieldError> errors, string field, string value, IEnumerable<string> reasons)
    {
        foreach (var reason in reasons) errors.Invalid(field, value, reason);
    }

    private static string Supported(string[] values) => "supported values: " + string.Join(", ", values.Order(StringComparer.Ordinal).Select(s => $"\"{s}\""));

    private static string Print(JsonNode? value)
    {
        if (value is null) return "null";
        var buffer = new ArrayBufferWriter<byte>(64);
        using (var writer = new Utf8JsonWriter(buffer, Plain)) value.WriteTo(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
