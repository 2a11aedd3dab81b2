using System.Text.Json.Nodes;
using Minik8s.Api.Errors;

namespace Minik8s.Api.Validation;

/// <summary>Checks of paths in volumes.</summary>
internal static class Paths
{
    public static void ValidateNoBacksteps(string target, string path, ICollection<FieldError> errors)
    {
        if (target.Split('/').Contains("..")) errors.Invalid(path, target, "must not contain '..'");
    }

    /// <summary>A path that stays below where it starts.</summary>
    public static void ValidateDescending(string target, string path, ICollection<FieldError> errors)
    {
        if (target.StartsWith('/')) errors.Invalid(path, target, "must be a relative path");
        ValidateNoBacksteps(target, path, errors);
    }

    /// <summary>A descending path whose first name is not one that kubelets reserve.</summary>
    public static void ValidateNotReserved(string target, string path, ICollection<FieldError> errors)
    {
        ValidateDescending(target, path, errors);
        if (target.StartsWith("..", StringComparison.Ordinal) && !target.Split('/').Contains("..")) errors.Invalid(path, target, "must not start with '..'");
    }

    public static void ValidateMode(JsonNode? mode, string path, ICollection<FieldError> errors)
    {
        if (mode.Number() is < 0 or > 511) errors.Invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive");
    }
}
