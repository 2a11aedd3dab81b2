using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Checks that many kinds share (apimachinery's <c>api/validation</c>).</summary>
internal static class FieldChecks
{
    /// <summary>A number that is there must not be below 0.</summary>
    public static void NonNegative(this ICollection<FieldError> errors, string field, JsonNode? value)
    {
        if (value.Number() is < 0) errors.Invalid(field, value, "must be greater than or equal to 0");
    }

    /// <summary>Each of the numbers below an object, where it is there, must not be below 0.</summary>
    public static void NonNegative(this ICollection<FieldError> errors, JsonObject? holder, string path, params ReadOnlySpan<string> fields)
    {
        foreach (var field in fields) errors.NonNegative($"{path}.{field}", holder?[field]);
    }

    /// <summary>A number that is there must not exceed another, where absence counts as 0.</summary>
    public static void NotGreater(this ICollection<FieldError> errors, JsonObject? holder, string path, string field, string bound, string detail)
    {
        if ((holder.Number(field) ?? 0) > (holder.Number(bound) ?? 0)) errors.Invalid($"{path}.{field}", holder![field], detail);
    }

    public static void Immutable(this ICollection<FieldError> errors, string field, JsonNode? value, JsonNode? old)
    {
        if (!JsonNode.DeepEquals(value, old)) errors.Invalid(field, value, "field is immutable");
    }

    /// <summary>A counter of a status that only grows.</summary>
    public static void NotDecremented(this ICollection<FieldError> errors, JsonObject obj, JsonObject old, string field)
    {
        if (old.Map("status").Number(field) is { } before && (obj.Map("status").Number(field) ?? 0) < before)
        {
            errors.Invalid($"status.{field}", obj.Map("status").Number(field) ?? 0, "cannot be decremented");
        }
    }

    public static void TooMany(this ICollection<FieldError> errors, string field, int count, int limit) =>
        errors.Add(new(FieldErrorType.TooMany, field, count.ToString(System.Globalization.CultureInfo.InvariantCulture), $"must have at most {limit} items"));

    /// <summary>The keys and values of a map of labels.</summary>
    public static void LabelMap(this ICollection<FieldError> errors, string path, JsonObject? labels)
    {
        foreach (var (key, value) in labels ?? [])
        {
            errors.All(path, key, Labels.Key(key));
            errors.All(path, value.Text() ?? "", Labels.Value(value.Text() ?? ""));
        }
    }
}
