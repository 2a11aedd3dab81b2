using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Decoding;
using Minik8s.Api.Identity;
using Minik8s.Api.Resources;
using Minik8s.Api.Schemas;
using Minik8s.Api.Yaml;

namespace Minik8s.ApiServer.Tests.Patches;

/// <summary>Reads files of cases: YAML lists of objects with a name.</summary>
internal static class CaseFile
{
    public static TheoryData<string> Names(params string[] files)
    {
        var names = new TheoryData<string>();
        foreach (var file in files)
        {
            foreach (var item in Read(file)) names.Add($"{file}: {item.Text("name")}");
        }

        return names;
    }

    public static JsonObject Find(string name)
    {
        var parts = name.Split(": ", 2);
        return Read(parts[0]).Single(c => c.Text("name") == parts[1]);
    }

    /// <summary>The resource of a case: a built-in kind as <c>version/Kind</c>, or a custom one with a schema.</summary>
    public static ResourceDefinition Resource(JsonObject test)
    {
        var parts = (test.Text("kind") ?? "v1/ConfigMap").Split('/');
        var kind = parts.Length == 2 ? new GroupVersionKind("", parts[0], parts[1]) : new GroupVersionKind(parts[0], parts[1], parts[2]);
        var schema = test["schema"] is JsonObject given ? CustomSchema(given) : BuiltInSchemas.Get(kind);
        return new()
        {
            Kind = kind,
            Plural = kind.Kind.ToLowerInvariant() + "s",
            Singular = kind.Kind.ToLowerInvariant(),
            Namespaced = true,
            Schema = schema,
            Strategy = new Plain(),
            Printer = null!,
            Subresources = schema.Properties.ContainsKey("status") ? [new("status", null, ["get", "patch", "update"])] : [],
        };
    }

    /// <summary>An object of the case with its type, as decoding leaves it.</summary>
    public static JsonObject Object(JsonNode? given, ResourceDefinition resource)
    {
        var obj = (JsonObject)(given?.DeepClone() ?? new JsonObject());
        obj["apiVersion"] = resource.Kind.ApiVersion;
        obj["kind"] = resource.Kind.Kind;
        return ObjectDecoder.Decode(obj, resource.Schema).Object;
    }

    /// <summary>The object without what cases do not speak of.</summary>
    public static JsonObject Bare(JsonObject obj)
    {
        var bare = obj.DeepClone().AsObject();
        bare.Remove("apiVersion");
        bare.Remove("kind");
        bare.Map("metadata")?.Remove("managedFields");
        if (bare.Map("metadata") is { Count: 0 }) bare.Remove("metadata");
        return bare;
    }

    /// <summary>JSON with sorted names, for comparison by eye.</summary>
    public static string Print(JsonNode? node) => node switch
    {
        JsonObject map => "{" + string.Join(", ", map.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}: {Print(p.Value)}")) + "}",
        JsonArray list => "[" + string.Join(", ", list.Select(Print)) + "]",
        null => "null",
        _ => node.ToJsonString(),
    };

    private static List<JsonObject> Read(string file)
    {
        var bytes = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Patches", "Cases", file + ".yaml"));
        return [.. JsonNode.Parse(YamlDecoder.ToJson(bytes))!.AsArray().Select(c => c!.AsObject())];
    }

    private static Schema CustomSchema(JsonObject json)
    {
        var schema = Node(json);
        schema.Properties["apiVersion"] = new Schema { Type = SchemaType.String };
        schema.Properties["kind"] = new Schema { Type = SchemaType.String };
        schema.Properties["metadata"] = BuiltInSchemas.Get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");
        return schema;
    }

    private static Schema Node(JsonObject json)
    {
        var schema = new Schema
        {
            Type = json.Text("type") switch
            {
                "object" => SchemaType.Object,
                "array" => SchemaType.Array,
                "string" => SchemaType.String,
                "integer" => SchemaType.Integer,
                "number" => SchemaType.Number,
                "boolean" => SchemaType.Boolean,
                _ => SchemaType.Any,
            },
            PreserveUnknownFields = json.Flag("preserve") || json.Text("type") is null,
            Default = json["default"]?.DeepClone(),
            AtomicMap = json.Text("map") == "atomic",
            ListType = json.Text("list") switch { "set" => ListType.Set, "map" => ListType.Map, _ => ListType.Atomic },
            ListMapKeys = [.. (json["keys"] as JsonArray ?? []).Select(k => k.Text()!)],
        };
        foreach (var (name, field) in json.Map("properties") ?? []) schema.Properties[name] = Node(field!.AsObject());
        if (json["items"] is JsonObject items) schema.Items = Node(items);
        if (json["values"] is JsonObject values) schema.AdditionalProperties = Node(values);
        return schema;
    }

    private sealed class Plain : ResourceStrategy;
}
