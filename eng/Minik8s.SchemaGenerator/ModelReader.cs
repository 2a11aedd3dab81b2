using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Minik8s.SchemaGenerator;

/// <summary>Reads the types of the API from the client's models, each with the package that it belongs to.</summary>
internal sealed class ModelReader(FieldTable table)
{
    // Types that no kind refers to and the API uses all the same.
    private static readonly string[] Others = ["V1Status", "V1DeleteOptions", "V1APIGroup", "V1APIGroupList", "V1APIResourceList", "V1APIVersions"];

    // Packages that do not follow from the API group's first label.
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["apiextensions.k8s.io"] = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
        ["apiregistration.k8s.io"] = "io.k8s.kube-aggregator.pkg.apis.apiregistration",
        ["internal.apiserver.k8s.io"] = "io.k8s.api.apiserverinternal",
    };

    private readonly Dictionary<Type, Definition> _models = [];
    private readonly SortedDictionary<string, Definition> _definitions = new(StringComparer.Ordinal);

    /// <summary>What is wrong with the tables.</summary>
    public List<string> Problems { get; } = [];

    public SortedDictionary<string, Definition> Read()
    {
        var models = typeof(V1Pod).Assembly.GetTypes().Where(t => t is { IsPublic: true, Namespace: "k8s.Models", IsClass: true }).ToList();
        foreach (var name in Others) Visit(models.Single(t => t.Name == name), "");
        var roots = models
            .Select(t => (Type: t, Entity: t.GetCustomAttribute<KubernetesEntityAttribute>()))
            .Where(r => r.Entity is not null && !r.Type.IsGenericType)
            // Core comes first and stable versions before others: a type that several share belongs to the first.
            .OrderBy(r => r.Entity!.Group.Length == 0 ? 0 : 1)
            .ThenBy(r => r.Entity!.ApiVersion.Contains("alpha") ? 2 : r.Entity!.ApiVersion.Contains("beta") ? 1 : 0)
            .ThenBy(r => r.Entity!.Group, StringComparer.Ordinal).ThenBy(r => r.Type.Name, StringComparer.Ordinal);
        foreach (var (type, entity) in roots) Visit(type, $"{Package(entity!.Group)}.{entity.ApiVersion}");
        return _definitions;
    }

    private static string Package(string group) =>
        Packages.TryGetValue(group, out var package) ? package : "io.k8s.api." + (group.Length == 0 ? "core" : group.Split('.')[0]);

    private Definition Visit(Type model, string package)
    {
        if (_models.TryGetValue(model, out var known)) return known;
        var (version, kind) = ModelName.Parse(model.Name);
        var attributes = table.Find(model.Name);
        package = Value(attributes, "package") ?? package;
        if (!package.EndsWith('.' + version, StringComparison.Ordinal)) Problems.Add($"{model.Name} is not of {package}: name its package in the tables");
        var definition = new Definition($"{package}.{kind}", model) { Atomic = attributes.Contains("atomic") };
        _models[model] = definition;
        if (!_definitions.TryAdd(definition.Name, definition)) Problems.Add($"{model.Name} and another model are both {definition.Name}");
        HashSet<string>? required = Value(attributes, "required") is { } names ? [.. names.Split(',')] : null;
        foreach (var property in model.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } json) continue;
            var schema = SchemaOf(property.PropertyType, package);
            foreach (var attribute in table.Find($"{model.Name}.{json}")) schema = Apply(schema, attribute);
            var mustBe = required?.Remove(json) ?? IsRequired(property.PropertyType, json);
            definition.Fields.Add(new Field(json, property.Name, schema, mustBe));
        }

        if (required is { Count: > 0 }) Problems.Add($"{model.Name} has no field {string.Join(", ", required)}");
        return definition;
    }

    /// <summary>Without a word in the tables: a value that cannot be null, and the items of a list kind.</summary>
    private static bool IsRequired(Type type, string json) =>
        (type.IsValueType && Nullable.GetUnderlyingType(type) is null) || (json == "items" && type.IsGenericType);

    private JsonObject SchemaOf(Type type, string package)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string)) return new() { ["type"] = "string" };
        if (type == typeof(bool)) return new() { ["type"] = "boolean" };
        if (type == typeof(int)) return new() { ["type"] = "integer", ["format"] = "int32" };
        if (type == typeof(long)) return new() { ["type"] = "integer", ["format"] = "int64" };
        if (type == typeof(double)) return new() { ["type"] = "number", ["format"] = "double" };
        if (type == typeof(DateTime)) return new() { ["type"] = "string", ["format"] = "date-time" };
        if (type == typeof(byte[])) return new() { ["type"] = "string", ["format"] = "byte" };
        if (type == typeof(IntOrString)) return new() { ["type"] = "int-or-string" };
        if (type == typeof(ResourceQuantity)) return new() { ["type"] = "string", ["format"] = "quantity" };
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IList<>))
        {
            return new() { ["type"] = "array", ["items"] = SchemaOf(type.GetGenericArguments()[0], package) };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
        {
            return new() { ["type"] = "object", ["values"] = SchemaOf(type.GetGenericArguments()[1], package) };
        }

        if (type.Namespace == "k8s.Models" && type.IsClass) return new() { ["ref"] = Visit(type, package).Name };
        return new() { ["type"] = "any" };
    }

    private JsonObject Apply(JsonObject schema, string attribute)
    {
        var (name, value) = attribute.Split('=', 2) is [var n, var v] ? (n, v) : (attribute, "");
        switch (name)
        {
            case "default":
                schema["default"] = JsonNode.Parse(value);
                break;
            case "format":
                schema["format"] = value;
                break;
            case "atomic":
                schema["atomic"] = true;
                break;
            case "granular":
                schema["atomic"] = false;
                break;
            case "free":
                return Free(value);
            case "free-items":
                schema["items"] = Free(value);
                break;
            case "list" when value == "set":
                schema["list"] = "set";
                break;
            case "list":
                schema["list"] = "map";
                schema["keys"] = new JsonArray([.. value.Split(':')[1].Split(',').Select(k => (JsonNode)k)]);
                break;
            case "patch":
                var parts = value.Split(':');
                schema["patch"] = parts[0];
                if (parts.Length > 1) schema["mergeKey"] = parts[1];
                break;
            default:
                throw new InvalidDataException($"unknown attribute {attribute} in the tables");
        }

        return schema;
    }

    private JsonObject Free(string name)
    {
        _definitions[name] = new Definition(name, null);
        return new() { ["ref"] = name };
    }

    private static string? Value(IReadOnlyList<string> attributes, string name)
    {
        var prefix = name + "=";
        return attributes.FirstOrDefault(a => a.StartsWith(prefix, StringComparison.Ordinal))?[prefix.Length..];
    }
}
