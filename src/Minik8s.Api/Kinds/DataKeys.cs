using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds;

/// <summary>What ConfigMaps and Secrets share: keys that serve as file names, a bound on the size, and immutability.</summary>
internal static class DataKeys
{
    /// <summary>How many bytes the values of an object may have together.</summary>
    public const int SizeLimit = 1024 * 1024;

    /// <summary>Checks the keys of a map; returns how many bytes its values have.</summary>
    public static int Validate(JsonObject obj, string field, bool base64, ICollection<FieldError> errors)
    {
        var size = 0;
        foreach (var (key, value) in obj.Map(field) ?? [])
        {
            errors.All($"{field}[{key}]", key, Key(key));
            var text = value.Text() ?? "";
            size += base64 ? (text.Length / 4 * 3) - text.AsSpan().Count('=') : Encoding.UTF8.GetByteCount(text);
        }

        return size;
    }

    public static void ValidateImmutable(JsonObject obj, JsonObject old, ICollection<FieldError> errors, params string[] fields)
    {
        if (!old.Flag("immutable")) return;
        if (!obj.Flag("immutable")) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        foreach (var field in fields)
        {
            if (!obj[field].Same(old[field])) errors.Forbidden(field, "field is immutable when `immutable` is set");
        }
    }

    private static IEnumerable<string> Key(string key)
    {
        if (key.Length > 253) yield return "must be no more than 253 characters";
        if (key.Length == 0 || key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
        {
            yield return "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
        }

        if (key is "." or "..") yield return $"must not be '{key}'";
        else if (key.StartsWith("..", StringComparison.Ordinal)) yield return "must not start with '..'";
    }
}
