using Minik8s.Api.Schemas;

namespace Minik8s.Api.Decoding;

/// <summary>The names that Go gives to types; they appear in the decoder's messages, which clients and people compare.</summary>
internal static class GoNames
{
    public static string Of(Schema schema) => schema.Type switch
    {
        SchemaType.Array => "[]" + Of(schema.Items!),
        SchemaType.Object when schema.Name is { } name => $"{Package(name)}.{Short(schema)}",
        SchemaType.Object when schema.AdditionalProperties is { } values => "map[string]" + Of(values),
        SchemaType.Object => "map[string]interface {}",
        SchemaType.String => schema.Format switch { "byte" => "[]uint8", "date-time" => "v1.Time", "quantity" => "resource.Quantity", _ => "string" },
        SchemaType.Integer => schema.Format ?? "int64",
        SchemaType.Number => "float64",
        SchemaType.Boolean => "bool",
        SchemaType.IntOrString => "intstr.IntOrString",
        _ => "interface {}",
    };

    /// <summary><c>io.k8s.api.core.v1.PodSpec</c> → <c>PodSpec</c>.</summary>
    public static string Short(Schema? schema) => schema?.Name is { } name ? name[(name.LastIndexOf('.') + 1)..] : "";

    private static string Package(string name)
    {
        var parts = name.Split('.');
        return parts[^2];
    }
}
