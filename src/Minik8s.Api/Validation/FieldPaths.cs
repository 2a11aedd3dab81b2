using System.Text.Json.Nodes;

namespace Minik8s.Api.Validation;

/// <summary>Walks lists together with the paths of their items.</summary>
internal static class FieldPaths
{
    /// <summary>The objects of a list below <paramref name="path"/>, each with its own path: <c>spec.containers[0]</c>.</summary>
    public static IEnumerable<(JsonObject Item, string Path)> Indexed(this JsonNode? holder, string name, string path)
    {
        if ((holder as JsonObject)?[name] is not JsonArray list) yield break;
        for (var i = 0; i < list.Count; i++)
        {
            if (list[i] is JsonObject item) yield return (item, $"{path}.{name}[{i}]");
        }
    }

    /// <summary>The texts of a list, each with its path.</summary>
    public static IEnumerable<(string Text, string Path)> IndexedTexts(this JsonNode? holder, string name, string path)
    {
        if ((holder as JsonObject)?[name] is not JsonArray list) yield break;
        for (var i = 0; i < list.Count; i++) yield return (list[i].Text() ?? "", $"{path}.{name}[{i}]");
    }

    /// <summary>Whether a text field is absent or empty.</summary>
    public static bool Lacks(this JsonNode? holder, string name) => string.IsNullOrEmpty(holder.Text(name));

    /// <summary>Records each of the text fields that is absent or empty as required.</summary>
    public static void Require(this ICollection<Errors.FieldError> errors, JsonObject holder, string path, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (holder.Lacks(name)) errors.Required($"{path}.{name}");
        }
    }

    /// <summary>Records a number outside of its bounds, both inclusive.</summary>
    public static void Range(this ICollection<Errors.FieldError> errors, string path, JsonNode? value, long min, long max)
    {
        if (value.Number() is { } number && (number < min || number > max)) errors.Invalid(path, value, $"must be between {min} and {max}, inclusive");
    }
}
