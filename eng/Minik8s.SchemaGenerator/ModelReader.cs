using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s.Models;

namespace Minik8s.SchemaGenerator;

/// <summary>Reads the object types of the API from the client's models, each with the group that it belongs to.</summary>
internal sealed class ModelReader(FieldTable table)
{
    private const string Meta = "io.k8s.apimachinery.pkg.apis.meta.v1";

    private static readonly string[] MetaTypes =
    [
        "V1ObjectMeta", "V1ListMeta", "V1LabelSelector", "V1LabelSelectorRequirement", "V1OwnerReference", "V1ManagedFieldsEntry", "V1Condition", "V1Status",
        "V1StatusDetails", "V1StatusCause", "V1DeleteOptions", "V1Preconditions", "V1FieldSelectorRequirement",
    ];

    // Packages that do not follow from the API group's first label.
    private static readonly Dictionary<string, string> Packages = new()
    {
        ["apiextensions.k8s.io"] = "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions",
        ["apiregistration.k8s.io"] = "io.k8s.kube-aggregator.pkg.apis.apiregistration",
    };

    private readonly Dictionary<Type, Definition> _definitions = [];

    public SortedDictionary<string, Definition> Read()
    {
        var models = typeof(V1Pod).Assembly.GetTypes().Where(t => t is { IsPublic: true, Namespace: "k8s.Models", IsClass: true }).ToList();
        foreach (var name in MetaTypes) Visit(models.Single(t => t.Name == name), Meta, "v1");
        var roots = models
            .Select(t => (Type: t, Entity: t.GetCustomAttribute<KubernetesEntityAttribute>()))
            .Where(r => r.Entity is not null && !r.Type.IsGenericType && r.Type.Name != "V1Status")
            // Core comes first and stable versions before others: a type that several share belongs to the first.
            .OrderBy(r => r.Entity!.Group.Length == 0 ? 0 : 1).ThenBy(r => r.Entity!.ApiVersion.Contains("alpha") ? 2 : r.Entity!.ApiVersion.Contains("beta") ? 1 : 0)
            .ThenBy(r => r.Entity!.Group).ThenBy(r => r.Type.Name);
        foreach (var (type, entity) in roots) Visit(type, Package(entity!.Group), entity.ApiVersion);
        return new(_definitions.Values.ToDictionary(d => d.Name), StringComparer.Ordinal);
    }

    private static string Package(string group) =>
        Packages.TryGetValue(group, out var package) ? package : "io.k8s.api." + (group.Length == 0 ? "core" : group.Split('.')[0]);

    private Definition Visit(Type model, string package, string version)
    {
        if (_definitions.TryGetValue(model, out var known)) return known;
        var definition = new Definition($"{package}{(package == Meta ? "" : "." + version)}.{ShortName(model, version)}", model);
        _definitions[model] = definition;
        foreach (var property in model.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name is not { } json) continue;
            var attributes = table.Find(model.Name, json);
            var schema = SchemaOf(property.PropertyType, package, version);
            foreach (var attribute in attributes) Apply(schema, attribute);
            var required = attributes.Contains("required") || (property.PropertyType.IsValueType && Nullable.GetUnderlyingType(property.PropertyType) is null && !attributes.Contains("optional"));
            definition.Fields.Add(new Field(json, property.Name, schema, required));
        }

        return definition;
    }

    private JsonObject SchemaOf(Type type, string package, string version)
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
            return new() { ["type"] = "array", ["items"] = SchemaOf(type.GetGenericArguments()[0], package, version) };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IDictionary<,>))
        {
            return new() { ["type"] = "object", ["values"] = SchemaOf(type.GetGenericArguments()[1], package, version) };
        }

        if (type.Namespace == "k8s.Models" && type.IsClass) return new() { ["ref"] = Visit(type, package, version).Name };
        return new() { ["type"] = "any" };
    }

    private static void Apply(JsonObject schema, string attribute)
    {
        var (name, value) = attribute.Split('=', 2) is [var n, var v] ? (n, v) : (attribute, "");
        switch (name)
        {
            case "required" or "optional":
                break;
            case "default":
                schema["default"] = JsonNode.Parse(value);
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
    }

    /// <summary><c>V1PodSpec</c> → <c>PodSpec</c>; the models carry the group in front where names would collide (<c>Corev1Event</c>).</summary>
    private static string ShortName(Type model, string version)
    {
        var name = model.Name;
        var capital = char.ToUpperInvariant(version[0]) + version[1..];
        if (name.StartsWith(capital, StringComparison.Ordinal)) return name[capital.Length..];
        var at = name.IndexOf(version, StringComparison.OrdinalIgnoreCase);
        if (at >= 0) return name[(at + version.Length)..];
        var digits = System.Text.RegularExpressions.Regex.Match(name, "^[A-Z][a-z]*[0-9]+(alpha|beta)?[0-9]*");
        return digits.Success && digits.Length < name.Length ? name[digits.Length..] : name;
    }
}
