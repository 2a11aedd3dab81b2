using System.Text.Json.Nodes;
using Minik8s.Api.CustomResources.Paths;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>Checks of a column that a custom kind prints.</summary>
internal static class PrinterColumnValidation
{
    private static readonly string[] Types = ["boolean", "date", "integer", "number", "string"];
    private static readonly string[] Formats = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];

    public static void Validate(JsonObject column, string path, ICollection<FieldError> errors)
    {
        if (string.IsNullOrEmpty(column.Text("name"))) errors.Required($"{path}.name");
        var type = column.Text("type") ?? "";
        if (type.Length == 0) errors.Required($"{path}.type", $"must be one of {string.Join(',', Types)}");
        else if (!Types.Contains(type)) errors.Invalid($"{path}.type", type, $"must be one of {string.Join(',', Types)}");
        if (column.Text("format") is { Length: > 0 } format && !Formats.Contains(format)) errors.Invalid($"{path}.format", format, $"must be one of {string.Join(',', Formats)}");
        var text = column.Text("jsonPath") ?? "";
        if (text.Length == 0) errors.Required($"{path}.JSONPath");
        else if (text[0] != '.') errors.Invalid($"{path}.JSONPath", text, "must be a simple json path starting with .");
        else if (JsonPath.Parse(text, out var error) is null) errors.Invalid($"{path}.JSONPath", text, error);
    }
}
