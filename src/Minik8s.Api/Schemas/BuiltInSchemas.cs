using System.Text.Json.Nodes;
using Minik8s.Api.Identity;

namespace Minik8s.Api.Schemas;

/// <summary>
/// The schemas of the built-in kinds, made from the embedded artefact when first asked for: a server that knows ten kinds keeps the types of ten kinds.
/// </summary>
public static class BuiltInSchemas
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, Schema> Made = new(StringComparer.Ordinal);
    private static byte[]? _text;
    private static Dictionary<string, Range>? _index;

    /// <summary>The schema of a kind.</summary>
    /// <exception cref="KeyNotFoundException">The kind is not a built-in one.</exception>
    public static Schema Get(GroupVersionKind kind) => Get(DefinitionName(kind));

    /// <summary>The schema of an OpenAPI definition, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    /// <exception cref="KeyNotFoundException">There is no such definition.</exception>
    public static Schema Get(string definition)
    {
        lock (Gate) return Materialise(definition);
    }

    /// <summary>The OpenAPI name of a built-in kind.</summary>
    public static string DefinitionName(GroupVersionKind kind)
    {
        var package = kind.Group switch
        {
            "" => "io.k8s.api.core",
            "apiextensions.k8s.io" => "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
            "apiregistration.k8s.io" => "io.k8s.kube-aggregator.pkg.apis.apiregistration",
            "internal.apiserver.k8s.io" => "io.k8s.api.apiserverinternal",
            _ => "io.k8s.api." + kind.Group.Split('.')[0],
        };
        return kind.Kind is "Status" or "DeleteOptions" ? $"io.k8s.apimachinery.pkg.apis.meta.v1.{kind.Kind}" : $"{package}.{kind.Version}.{kind.Kind}";
    }

    /// <summary>The names of all definitions.</summary>
    internal static IReadOnlyCollection<string> Names()
    {
        lock (Gate) return Index().Keys;
    }

    private static Schema Materialise(string name)
    {
        if (Made.TryGetValue(name, out var known)) return known;
        if (!Index().TryGetValue(name, out var range)) throw new KeyNotFoundException($"there is no definition {name}");
        var json = JsonNode.Parse(_text.AsSpan(range))!.AsObject();
        // Known before its fields are read: a type may refer to itself.
        if (json.ContainsKey("any")) return Made[name] = new Schema { Name = name, Type = SchemaType.Any, PreserveUnknownFields = true };
        var schema = new Schema { Name = name, Type = SchemaType.Object, AtomicMap = json["atomic"]?.GetValue<bool>() ?? false };
        Made[name] = schema;
        foreach (var (field, value) in json["properties"]!.AsObject()) schema.Properties[field] = Read(value!.AsObject());
        foreach (var field in json["required"]?.AsArray() ?? []) schema.Required.Add(field!.GetValue<string>());
        return schema;
    }

    private static Schema Read(JsonObject json)
    {
        if (json["ref"]?.GetValue<string>() is { } name)
        {
            var target = Materialise(name);
            return json.Count == 1 ? target : Annotate(target.Reference(), json);
        }

        var schema = new Schema
        {
            Type = json["type"]!.GetValue<string>() switch
            {
                "string" => SchemaType.String,
                "integer" => SchemaType.Integer,
                "number" => SchemaType.Number,
                "boolean" => SchemaType.Boolean,
                "array" => SchemaType.Array,
                "object" => SchemaType.Object,
                "int-or-string" => SchemaType.IntOrString,
                _ => SchemaType.Any,
            },
            Format = json["format"]?.GetValue<string>(),
        };
        schema.PreserveUnknownFields = schema.Type == SchemaType.Any;
        if (json["items"] is JsonObject items) schema.Items = Read(items);
        if (json["values"] is JsonObject values) schema.AdditionalProperties = Read(values);
        return Annotate(schema, json);
    }

    private static Schema Annotate(Schema schema, JsonObject json)
    {
        schema.Default = json["default"]?.DeepClone();
        if (json["atomic"] is { } atomic) schema.AtomicMap = atomic.GetValue<bool>();
        schema.ListType = json["list"]?.GetValue<string>() switch { "set" => ListType.Set, "map" => ListType.Map, _ => ListType.Atomic };
        if (json["keys"] is JsonArray keys) schema.ListMapKeys = [.. keys.Select(k => k!.GetValue<string>())];
        schema.PatchStrategy = json["patch"]?.GetValue<string>();
        schema.PatchMergeKey = json["mergeKey"]?.GetValue<string>();
        return schema;
    }

    private static Dictionary<string, Range> Index()
    {
        if (_index is not null) return _index;
        _text = SchemaArtefact.Read("structure.json.br");
        return _index = SchemaArtefact.Index(_text);
    }
}
