using System.Text.Json;
using Minik8s.Api.Identity;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.Discovery.OpenApi;

/// <summary>Writes schemas of built-in kinds and lists as OpenAPI definitions, with Kubernetes' extensions.</summary>
internal sealed class SchemaWriter(Utf8JsonWriter json, OpenApiDialect dialect, BuiltInDescriptions descriptions)
{
    private readonly string _prefix = dialect == OpenApiDialect.Version2 ? "#/definitions/" : "#/components/schemas/";

    /// <summary>Writes the definition as a property of the object that is open.</summary>
    public void Write(DefinitionSet.Definition definition)
    {
        json.WritePropertyName(definition.Name);
        if (definition.ListOf is { } items) WriteList(definition, items);
        else if (definition.Schema is null) FixedDefinitions.Write(json, definition.Name, dialect);
        else if (definition.Schema.Name is null) CustomSchemaWriter.Write(json, definition, dialect, this);
        else WriteBuiltIn(definition);
    }

    /// <summary>A reference with a description, as the value of a property whose name has been written.</summary>
    public void Reference(string name, string? description, string? @default = null)
    {
        json.WriteStartObject();
        if (dialect == OpenApiDialect.Version2)
        {
            json.WriteString("$ref", _prefix + name);
        }
        else
        {
            // In 3.0 a reference takes no siblings.
            json.WriteStartArray("allOf");
            json.WriteStartObject();
            json.WriteString("$ref", _prefix + name);
            json.WriteEndObject();
            json.WriteEndArray();
            if (@default is not null)
            {
                json.WritePropertyName("default");
                json.WriteRawValue(@default);
            }
        }

        if (description is not null) json.WriteString("description", description);
        json.WriteEndObject();
    }

    /// <summary>The reference alone.</summary>
    public void Reference(string name)
    {
        json.WriteStartObject();
        json.WriteString("$ref", _prefix + name);
        json.WriteEndObject();
    }

    public void Kind(GroupVersionKind kind)
    {
        json.WriteStartArray("x-kubernetes-group-version-kind");
        KindValue(json, kind);
        json.WriteEndArray();
    }

    public static void KindValue(Utf8JsonWriter json, GroupVersionKind kind)
    {
        json.WriteStartObject();
        json.WriteString("group", kind.Group);
        json.WriteString("kind", kind.Kind);
        json.WriteString("version", kind.Version);
        json.WriteEndObject();
    }

    /// <summary>The fields that every object has, with Kubernetes' meaning.</summary>
    public void TypeField(string name)
    {
        json.WriteStartObject(name);
        json.WriteString("description", descriptions.Of(DefinitionSet.CommonFields).GetValueOrDefault(name, ""));
        json.WriteString("type", "string");
        json.WriteEndObject();
    }

    private void WriteBuiltIn(DefinitionSet.Definition definition)
    {
        var schema = definition.Schema!;
        var texts = descriptions.Of(definition.Name);
        json.WriteStartObject();
        if (texts.TryGetValue("", out var own)) json.WriteString("description", own);
        if (schema.Properties.Count > 0)
        {
            json.WriteStartObject("properties");
            foreach (var (name, field) in schema.Properties.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                json.WritePropertyName(name);
                Node(field, texts.GetValueOrDefault(name, ""));
            }

            json.WriteEndObject();
        }

        if (schema.Required.Count > 0)
        {
            json.WriteStartArray("required");
            foreach (var name in schema.Properties.Keys.Where(schema.Required.Contains)) json.WriteStringValue(name);
            json.WriteEndArray();
        }

        if (schema.Type == SchemaType.Object) json.WriteString("type", "object");
        if (definition.Kind is { } kind) Kind(kind);
        if (schema.AtomicMap) json.WriteString("x-kubernetes-map-type", "atomic");
        json.WriteEndObject();
    }

    private void WriteList(DefinitionSet.Definition definition, string items)
    {
        var plain = definition.Kind!.Value.Kind[..^"List".Length];
        json.WriteStartObject();
        json.WriteString("description", $"{plain}List is a list of {plain}.");
        json.WriteStartObject("properties");
        TypeField("apiVersion");
        json.WriteStartObject("items");
        json.WriteString("description", $"The objects of the list.");
        json.WritePropertyName("items");
        Item(items);
        json.WriteString("type", "array");
        json.WriteEndObject();
        TypeField("kind");
        json.WritePropertyName("metadata");
        Reference(DefinitionSet.ListMeta, "Standard list metadata. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#types-kinds", "{}");
        json.WriteEndObject();
        json.WriteStartArray("required");
        json.WriteStringValue("items");
        json.WriteEndArray();
        json.WriteString("type", "object");
        Kind(definition.Kind.Value);
        json.WriteEndObject();
    }

    private void Node(Schema schema, string description)
    {
        var text = description.Length == 0 ? null : description;
        if (DefinitionSet.NameOf(schema) is { } name)
        {
            if (schema.PatchStrategy is null)
            {
                Reference(name, text, schema.Default?.ToJsonString());
                return;
            }

            WriteReferenceWithPatch(name, text, schema);
            return;
        }

        json.WriteStartObject();
        if (schema.AdditionalProperties is { } values)
        {
            json.WritePropertyName("additionalProperties");
            Item(values);
        }

        if (dialect == OpenApiDialect.Version3 && schema.Default is { } value)
        {
            json.WritePropertyName("default");
            value.WriteTo(json);
        }

        if (text is not null) json.WriteString("description", text);
        if (schema.Format is { } format) json.WriteString("format", format);
        if (schema.Items is { } items)
        {
            json.WritePropertyName("items");
            Item(items);
        }

        json.WriteString("type", TypeName(schema.Type));
        if (schema.Type == SchemaType.Array)
        {
            if (schema.ListMapKeys.Length > 0)
            {
                json.WriteStartArray("x-kubernetes-list-map-keys");
                foreach (var key in schema.ListMapKeys) json.WriteStringValue(key);
                json.WriteEndArray();
            }

            json.WriteString("x-kubernetes-list-type", schema.ListType switch { ListType.Map => "map", ListType.Set => "set", _ => "atomic" });
        }

        if (schema.AtomicMap) json.WriteString("x-kubernetes-map-type", "atomic");
        Patch(schema);
        json.WriteEndObject();
    }

    private void WriteReferenceWithPatch(string name, string? text, Schema schema)
    {
        json.WriteStartObject();
        if (dialect == OpenApiDialect.Version2)
        {
            json.WriteString("$ref", _prefix + name);
        }
        else
        {
            json.WriteStartArray("allOf");
            Reference(name);
            json.WriteEndArray();
        }

        if (text is not null) json.WriteString("description", text);
        Patch(schema);
        json.WriteEndObject();
    }

    private void Patch(Schema schema)
    {
        if (schema.PatchMergeKey is { } key) json.WriteString("x-kubernetes-patch-merge-key", key);
        if (schema.PatchStrategy is { } strategy) json.WriteString("x-kubernetes-patch-strategy", strategy);
    }

    /// <summary>An item of a list or a value of a map; these have no description of their own.</summary>
    private void Item(Schema schema)
    {
        if (DefinitionSet.NameOf(schema) is { } name) Item(name);
        else Node(schema, "");
    }

    private void Item(string name)
    {
        if (dialect == OpenApiDialect.Version2) Reference(name);
        else Reference(name, null, "{}");
    }

    private static string TypeName(SchemaType type) => type switch
    {
        SchemaType.Array => "array",
        SchemaType.String => "string",
        SchemaType.Integer => "integer",
        SchemaType.Number => "number",
        SchemaType.Boolean => "boolean",
        _ => "object",
    };
}
