using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.Decoding;

/// <summary>Puts the schema's static defaults in place of absent fields, below objects that are there.</summary>
public static class SchemaDefaulter
{
    public static void Apply(JsonObject obj, Schema schema)
    {
        foreach (var (name, field) in schema.Properties)
        {
            if (obj[name] is null)
            {
                if (field.Default is null) continue;
                obj[name] = field.Default.DeepClone();
            }

            Descend(obj[name], field);
        }

        if (schema.AdditionalProperties is not { } values) return;
        foreach (var (_, value) in obj) Descend(value, values);
    }

    private static void Descend(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject child when schema.Type == SchemaType.Object:
                Apply(child, schema);
                break;
            case JsonArray list when schema.Items is { Type: SchemaType.Object or SchemaType.Array } items:
                foreach (var item in list) Descend(item, items);
                break;
        }
    }
}
