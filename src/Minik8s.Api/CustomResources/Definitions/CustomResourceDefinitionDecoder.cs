using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Definitions;

/// <summary>
/// Reads CustomResourceDefinitions. The type of a JSON schema has places that hold a schema or something else (<c>items</c>, <c>additionalProperties</c>); what
/// stands there is read as a schema too.
/// </summary>
internal sealed class CustomResourceDefinitionDecoder : IBodyDecoder
{
    private static readonly string[] Single = ["not", "items", "additionalProperties"];
    private static readonly string[] Lists = ["allOf", "anyOf", "oneOf", "items"];
    private readonly Lazy<Schema> _definition = new(() => BuiltInSchemas.Get("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition"));
    private readonly Lazy<Schema> _schema = new(() => BuiltInSchemas.Get("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"));

    public DecodedObject Decode(ReadOnlySpan<byte> utf8Json) => Complete(ObjectDecoder.Decode(utf8Json, _definition.Value));

    public DecodedObject Decode(JsonObject value) => Complete(ObjectDecoder.Decode(value, _definition.Value));

    private DecodedObject Complete(DecodedObject decoded)
    {
        var errors = decoded.StrictErrors.ToList();
        var i = 0;
        foreach (var version in decoded.Object.Map("spec").Items("versions"))
        {
            if (version.Map("schema").Map("openAPIV3Schema") is { } schema) Descend(schema, $"spec.versions[{i}].schema.openAPIV3Schema", errors);
            i++;
        }

        return new(decoded.Object, errors);
    }

    private void Descend(JsonObject schema, string path, List<string> errors)
    {
        foreach (var (name, property) in schema.Map("properties") ?? [])
        {
            if (property is JsonObject child) Descend(child, $"{path}.properties.{name}", errors);
        }

        foreach (var name in Single)
        {
            if (schema[name] is not JsonObject child) continue;
            if (name != "not")
            {
                var decoded = ObjectDecoder.Decode(child, _schema.Value);
                errors.AddRange(decoded.StrictErrors.Select(e => e.Replace(" field \"", $" field \"{path}.{name}.", StringComparison.Ordinal)));
                schema[name] = child = decoded.Object;
            }

            Descend(child, $"{path}.{name}", errors);
        }

        foreach (var name in Lists)
        {
            var i = 0;
            foreach (var child in schema.Items(name).ToList()) Descend(child, $"{path}.{name}[{i++}]", errors);
        }
    }
}
