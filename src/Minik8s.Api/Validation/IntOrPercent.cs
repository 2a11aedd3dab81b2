using System.Globalization;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Numbers that may be written as a share: <c>3</c> or <c>"25%"</c>.</summary>
internal static class IntOrPercent
{
    private const string PercentForm = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";

    /// <summary>Checks for a number that is not negative, or a percentage.</summary>
    public static void Validate(JsonNode? value, string path, ICollection<FieldError> errors)
    {
        if (value.Text() is { } text)
        {
            if (!IsPercent(text)) errors.Invalid(path, value, PercentForm);
        }
        else
        {
            errors.NonNegative(path, value);
        }
    }

    /// <summary>Checks that a percentage is a part of the whole.</summary>
    public static void ValidateAtMostWhole(JsonNode? value, string path, ICollection<FieldError> errors)
    {
        if (value.Text() is { } text && IsPercent(text) && Number(value) > 100) errors.Invalid(path, value, "must not be greater than 100%");
    }

    /// <summary>The number, or that before the percent sign; 0 when it is neither.</summary>
    public static long Number(JsonNode? value)
    {
        if (value.Text() is not { } text) return value.Number() ?? 0;
        if (IsPercent(text)) text = text[..^1];
        return long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    private static bool IsPercent(string text) => text.Length > 1 && text[^1] == '%' && text[..^1].All(char.IsAsciiDigit);
}
