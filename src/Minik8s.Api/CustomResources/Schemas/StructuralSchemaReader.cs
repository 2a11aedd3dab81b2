using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>
/// Makes the schema engine's nodes of an <c>openAPIV3Schema</c> that has passed validation. Descriptions are left out: only documents need them.
/// </summary>
public static class StructuralSchemaReader
{
    /// <summary>The schema of a whole object: with the fields that every object has, also when its author has not named them.</summary>
    public static Schema ReadResource(JsonObject json)
    {
        var schema = Read(json);
        if (!schema.EmbeddedResource) AddObjectFields(schema);
        return schema;
    }

    public static Schema Read(JsonObject json)
    {
        var intOrString = json.Flag("x-kubernetes-int-or-string");
        var schema = new Schema
        {
            Type = intOrString ? SchemaType.IntOrString : json.Text("type") switch
            {
                "object" => SchemaType.Object,
                "array" => SchemaType.Array,
                "string" => SchemaType.String,
                "integer" => SchemaType.Integer,
                "number" => SchemaType.Number,
                "boolean" => SchemaType.Boolean,
                _ => SchemaType.Any,
            },
            Format = json.Text("format"),
            Nullable = json.Flag("nullable"),
            PreserveUnknownFields = json.Flag("x-kubernetes-preserve-unknown-fields"),
            EmbeddedResource = json.Flag("x-kubernetes-embedded-resource"),
            AtomicMap = json.Text("x-kubernetes-map-type") == "atomic",
            ListType = json.Text("x-kubernetes-list-type") switch { "set" => ListType.Set, "map" => ListType.Map, _ => ListType.Atomic },
            ListMapKeys = Strings(json["x-kubernetes-list-map-keys"]),
            Default = json["default"]?.DeepClone(),
            Items = json["items"] is JsonObject items ? Read(items) : null,
        };
        foreach (var (name, property) in json.Map("properties") ?? []) schema.Properties[name] = Read(property as JsonObject ?? []);
        foreach (var name in Strings(json["required"])) schema.Required.Add(name);
        schema.AdditionalProperties = json["additionalProperties"] switch
        {
            JsonObject values => Read(values),
            JsonValue flag when flag.Flag() == true => new Schema { PreserveUnknownFields = true },
            _ => null,
        };
        schema.Constraints = Constraints(json);
        if (schema.EmbeddedResource) AddObjectFields(schema);
        return schema;
    }

    private static void AddObjectFields(Schema schema)
    {
        schema.Properties.TryAdd("apiVersion", new Schema { Type = SchemaType.String });
        schema.Properties.TryAdd("kind", new Schema { Type = SchemaType.String });
        var own = schema.Properties.GetValueOrDefault("metadata");
        var metadata = new Schema { Type = SchemaType.Object };
        foreach (var (name, field) in BuiltInSchemas.Get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta").Properties)
        {
            // Names are what an author may restrict.
            metadata.Properties[name] = name is "name" or "generateName" && own?.Properties.GetValueOrDefault(name) is { } restricted ? restricted : field;
        }

        schema.Properties["metadata"] = metadata;
    }

    private static SchemaConstraints? Constraints(JsonObject json)
    {
        var constraints = new SchemaConstraints
        {
            Enum = json["enum"] as JsonArray is { } values ? values.DeepClone().AsArray() : null,
            Pattern = json.Text("pattern") is { Length: > 0 } pattern ? pattern : null,
            Regex = json.Text("pattern") is { Length: > 0 } text ? PatternTranslator.Compile(text, out _) : null,
            MinLength = json.Number("minLength"),
            MaxLength = json.Number("maxLength"),
            MinItems = json.Number("minItems"),
            MaxItems = json.Number("maxItems"),
            UniqueItems = json.Flag("uniqueItems"),
            MinProperties = json.Number("minProperties"),
            MaxProperties = json.Number("maxProperties"),
            Minimum = JsonNumbers.Double(json["minimum"]),
            ExclusiveMinimum = json.Flag("exclusiveMinimum"),
            Maximum = JsonNumbers.Double(json["maximum"]),
            ExclusiveMaximum = json.Flag("exclusiveMaximum"),
            MultipleOf = JsonNumbers.Double(json["multipleOf"]),
            AllOf = Several(json["allOf"]),
            AnyOf = Several(json["anyOf"]),
            OneOf = Several(json["oneOf"]),
            Not = json["not"] is JsonObject not ? Read(not) : null,
            Closed = json["additionalProperties"].Flag() == false,
            Rules = json["x-kubernetes-validations"] as JsonArray is { } rules ? rules.DeepClone().AsArray() : null,
        };
        return constraints == new SchemaConstraints { AllOf = constraints.AllOf, AnyOf = constraints.AnyOf, OneOf = constraints.OneOf }
            && constraints is { AllOf.Count: 0, AnyOf.Count: 0, OneOf.Count: 0 } ? null : constraints;
    }

    private static Schema[] Several(JsonNode? node) => node is JsonArray list ? [.. list.OfType<JsonObject>().Select(Read)] : [];

    private static string[] Strings(JsonNode? node) => node is JsonArray list ? [.. list.Select(n => n.Text() ?? "")] : [];
}
