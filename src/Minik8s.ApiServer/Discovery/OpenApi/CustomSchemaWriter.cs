using System.Text.Json;
using System.Text.Json.Nodes;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>
/// Writes the definition of a custom kind: the schema as its author wrote it, with the fields that every object has. Swagger 2.0 lacks some of the words,
/// and a document with them is refused by its readers, so they are left out there.
/// </summary>
internal static class CustomSchemaWriter
{
    private static readonly HashSet<string> OnlyVersion3 = new(StringComparer.Ordinal) { "nullable", "oneOf", "anyOf", "not" };

    public static void Write(Utf8JsonWriter json, DefinitionSet.Definition definition, OpenApiDialect dialect, SchemaWriter schemas)
    {
        var published = definition.Published?.Invoke();
        json.WriteStartObject();
        if (published?["description"] is { } description)
        {
            json.WritePropertyName("description");
            description.WriteTo(json);
        }

        if (dialect == OpenApiDialect.Version2 && published?["x-kubernetes-preserve-unknown-fields"] is not null) published = null;
        json.WriteStartObject("properties");
        var properties = published?["properties"] as JsonObject;
        foreach (var name in (properties?.Select(p => p.Key) ?? []).Concat(["apiVersion", "kind", "metadata"]).Distinct().Order(StringComparer.Ordinal))
        {
            switch (name)
            {
                case "apiVersion" or "kind":
                    schemas.TypeField(name);
                    break;
                case "metadata":
                    json.WritePropertyName(name);
                    schemas.Reference(DefinitionSet.ObjectMeta, "Standard object's metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata");
                    break;
                default:
                    json.WritePropertyName(name);
                    Copy(json, properties![name], dialect);
                    break;
            }
        }

        json.WriteEndObject();
        foreach (var (name, value) in published ?? [])
        {
            if (name is "properties" or "description" or "type" || (dialect == OpenApiDialect.Version2 && OnlyVersion3.Contains(name))) continue;
            json.WritePropertyName(name);
            Copy(json, value, dialect);
        }

        json.WriteString("type", "object");
        if (definition.Kind is { } kind) schemas.Kind(kind);
        json.WriteEndObject();
    }

    private static void Copy(Utf8JsonWriter json, JsonNode? node, OpenApiDialect dialect)
    {
        switch (node)
        {
            case JsonObject map when dialect == OpenApiDialect.Version2:
                json.WriteStartObject();
                // What has no type of its own in 2.0 is anything there.
                var free = map.ContainsKey("x-kubernetes-preserve-unknown-fields") || map.ContainsKey("x-kubernetes-int-or-string") || map["nullable"] is JsonValue nullable && nullable.TryGetValue<bool>(out var n) && n;
                foreach (var (name, value) in map)
                {
                    if (OnlyVersion3.Contains(name) || (free && name is "type" or "items" or "properties" && value is not JsonObject { Count: 0 })) continue;
                    json.WritePropertyName(name);
                    Copy(json, value, dialect);
                }

                json.WriteEndObject();
                break;
            case JsonArray list:
                json.WriteStartArray();
                foreach (var item in list) Copy(json, item, dialect);
                json.WriteEndArray();
                break;
            case JsonObject map:
                json.WriteStartObject();
                foreach (var (name, value) in map)
                {
                    json.WritePropertyName(name);
                    Copy(json, value, dialect);
                }

                json.WriteEndObject();
                break;
            case null:
                json.WriteNullValue();
                break;
            default:
                node.WriteTo(json);
                break;
        }
    }
}
