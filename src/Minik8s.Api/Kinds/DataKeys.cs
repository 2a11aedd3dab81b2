using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds;

/// <summary>What ConfigMaps and Secrets share: keys that serve as file names, a bound on the size, and immutability.</summary>
internal static class DataKeys
{
    private const int SizeLimit = 1024 * 1024;

    public static void Validate(JsonObject obj, string field, ICollection<FieldError> errors)
    {
        var size = 0;
        foreach (var (key, value) in obj.Map(field) ?? [])
        {
            if (key.Length is 0 or > 253 || key.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')))
            {
                errors.Invalid($"{field}[{key}]", key, "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')");
            }

            if (key is "." or ".." || key.StartsWith("..", StringComparison.Ordinal)) errors.Invalid($"{field}[{key}]", key, key is "." or ".." ? $"must not be '{key}'" : "must not start with '..'");
            size += value.Text()?.Length ?? 0;
        }

        if (size > SizeLimit) errors.Add(new(FieldErrorType.TooLong, field == "data" ? "data" : "", null, $"may not be more than {SizeLimit} bytes"));
    }

    public static void ValidateImmutable(JsonObject obj, JsonObject old, ICollection<FieldError> errors, params string[] fields)
    {
        if (!old.Flag("immutable")) return;
        if (!obj.Flag("immutable")) errors.Forbidden("immutable", "field is immutable when `immutable` is set");
        foreach (var field in fields)
        {
            if (!JsonNode.DeepEquals(obj[field], old[field])) errors.Forbidden(field, "field is immutable when `immutable` is set");
        }
    }
}
