using System.Globalization;
using System.Text;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The names of field managers.</summary>
internal static class FieldManagerName
{
    /// <summary>In bytes.</summary>
    private const int MaxLength = 128;

    public static void Validate(string name, string field, ICollection<FieldError> errors)
    {
        if (Encoding.UTF8.GetByteCount(name) > MaxLength) errors.Add(new(FieldErrorType.TooLong, field, null, $"may not be more than {MaxLength} bytes"));
        var position = 0;
        foreach (var rune in name.EnumerateRunes())
        {
            if (!IsPrintable(rune)) errors.Invalid(field, name, $"invalid character U+{rune.Value:X4} (at position {position})");
            position += rune.Utf8SequenceLength;
        }
    }

    /// <summary>The part of a User-Agent before the first slash, as far as it is printable and fits.</summary>
    public static string FromUserAgent(string? userAgent)
    {
        var name = new StringBuilder();
        var length = 0;
        foreach (var rune in (userAgent ?? "").Split('/')[0].EnumerateRunes())
        {
            if (!IsPrintable(rune)) continue;
            if ((length += rune.Utf8SequenceLength) > MaxLength) break;
            name.Append(rune.ToString());
        }

        return name.ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator
        or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
