using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>Checks of a version's <c>openAPIV3Schema</c>: that it is structural, that its defaults satisfy it, and that it says nothing that CRDs may not say.</summary>
internal static class SchemaValidation
{
    private const string RootFields =
        "[Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations]";

    private static readonly HashSet<string> AllowedAtRoot = new(StringComparer.Ordinal)
    {
        "description", "type", "format", "title", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength", "pattern", "maxItems", "minItems", "uniqueItems",
        "multipleOf", "required", "items", "properties", "externalDocs", "example", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    };

    public static void Validate(JsonObject schema, bool hasStatus, string path, ICollection<FieldError> errors)
    {
        if (hasStatus)
        {
            if (schema.Text("type") is { Length: > 0 } type and not "object")
            {
                errors.Invalid($"{path}.type", type, "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled");
            }

            if (schema.Any(p => !AllowedAtRoot.Contains(p.Key))) errors.Invalid(path, "", $"only {RootFields} fields are allowed at the root of the schema if the status subresource is enabled");
        }

        if (schema.Flag("nullable")) errors.Forbidden($"{path}.nullable", "nullable cannot be true at the root");
        var structural = StructuralValidation.Validate(schema, path);
        foreach (var error in structural) errors.Add(error);
        JsonSchemaValidation.Validate(schema, path, errors);
        if (structural.Count == 0) Defaults(schema, StructuralSchemaReader.Read(schema), path, insideMetadata: false, errors);
    }

    /// <summary>A default has to be what the schema accepts.</summary>
    private static void Defaults(JsonObject json, Schema schema, string path, bool insideMetadata, ICollection<FieldError> errors)
    {
        if (json["default"] is { } given)
        {
            var pruned = given.DeepClone();
            if (!insideMetadata && StructuralPruning.Prune(pruned, schema)) errors.Invalid($"{path}.default", given.DeepClone(), "must not have unknown fields");
            new ValueValidation(errors).Validate(given, null, schema, $"{path}.default");
        }

        if (json["items"] is JsonObject items && schema.Items is not null) Defaults(items, schema.Items, $"{path}.items", insideMetadata, errors);
        if (json["additionalProperties"] is JsonObject values && schema.AdditionalProperties is not null)
        {
            Defaults(values, schema.AdditionalProperties, $"{path}.additionalProperties", insideMetadata, errors);
        }

        foreach (var (name, property) in json.Map("properties") ?? [])
        {
            if (property is JsonObject child) Defaults(child, schema.Properties[name], $"{path}.properties[{name}]", insideMetadata || (schema.EmbeddedResource && name == "metadata"), errors);
        }
    }
}
