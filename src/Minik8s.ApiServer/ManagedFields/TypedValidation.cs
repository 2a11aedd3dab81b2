using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Checks an applied configuration against its schema, strictly: every field declared, every scalar of its type, no key twice (typed.Validate).</summary>
internal static class TypedValidation
{
    private const int MaxErrors = 50;

    /// <summary>What is wrong, each with its path, in structured-merge-diff's words; none when all is well.</summary>
    public static List<string> Check(JsonObject value, Schema schema)
    {
        var errors = new List<string>();
        Check(value, schema, "", errors);
        return errors;
    }

    private static void Check(JsonNode? value, Schema? schema, string path, List<string> errors)
    {
        if (value is null || errors.Count == MaxErrors) return;
        switch (TypeView.ShapeOf(schema, value))
        {
            case Shape.Scalar when Mismatch(value, schema) is { } expected:
                Report(errors, path, expected);
                break;
            case Shape.List when value is not JsonArray:
                Report(errors, path, $"expected list, got &{{{Print(value)}}}");
                break;
            case Shape.Map when value is not JsonObject:
                Report(errors, path, $"expected map, got &{{{Print(value)}}}");
                break;
            case Shape.List:
                CheckItems((JsonArray)value, schema, path, errors);
                break;
            case Shape.Map:
                foreach (var (name, child) in (JsonObject)value)
                {
                    if (TypeView.Allows(schema, name)) Check(child, TypeView.FieldOf(schema, name), $"{path}.{name}", errors);
                    else Report(errors, $"{path}.{name}", "field not declared in schema");
                }

                break;
        }
    }

    private static void CheckItems(JsonArray list, Schema? schema, string path, List<string> errors)
    {
        var associative = !TypeView.IsAtomicList(schema);
        var seen = associative ? new HashSet<PathElement>(list.Count) : null;
        for (var i = 0; i < list.Count && errors.Count < MaxErrors; i++)
        {
            var element = PathElement.Index(i);
            if (associative)
            {
                if (TypeView.ElementOf(schema!, list[i], out var problem) is not { } key)
                {
                    Report(errors, path, $"element {i}: {problem}");
                    return;
                }

                if (!seen!.Add(key)) Report(errors, path, $"duplicate entries for key {key}");
                element = key;
            }

            Check(list[i], TypeView.IsUntyped(schema) ? null : schema!.Items, path + element, errors);
        }
    }

    private static string? Mismatch(JsonNode value, Schema? schema)
    {
        var kind = value.GetValueKind();
        switch (schema?.Type)
        {
            case SchemaType.Integer or SchemaType.Number:
                return kind == JsonValueKind.Number ? null : $"expected numeric (int or float), got {GoType(kind)}";
            case SchemaType.Boolean:
                return kind is JsonValueKind.True or JsonValueKind.False ? null : $"expected boolean, got &{{{Print(value)}}}";
            case SchemaType.String when schema.Format is not ("quantity" or "date-time" or "micro-time"):
                return kind == JsonValueKind.String ? null : $"expected string, got &value.valueUnstructured{{Value:{Print(value)}}}";
            default:
                return value is JsonValue ? null : $"expected any scalar, got &{{{Print(value)}}}";
        }
    }

    private static void Report(List<string> errors, string path, string problem)
    {
        if (errors.Count < MaxErrors) errors.Add(path.Length == 0 ? problem : $"{path}: {problem}");
    }

    private static string Print(JsonNode value)
    {
        var text = GoText.Print(value);
        return text.Length <= 256 ? text : text[..256] + "...";
    }

    private static string GoType(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "[]interface {}",
        _ => "map[string]interface {}",
    };
}
