using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>
/// Whether a schema is structural: every field is declared outside of value checks, with a type, so that pruning, defaulting and merging can rely on it
/// (apiextensions' <c>schema.ValidateStructural</c>).
/// </summary>
public static class StructuralValidation
{
    private static readonly (string Field, string Reason)[] Undefined =
    [
        ("type", "must be empty to be structural"), ("additionalProperties", "must be undefined to be structural"), ("default", "must be undefined to be structural"), ("title", "must be empty to be structural"),
        ("description", "must be empty to be structural"), ("externalDocs", "must be undefined to be structural"), ("x-kubernetes-list-map-keys", "must be empty to be structural"),
        ("x-kubernetes-list-type", "must be undefined to be structural"), ("x-kubernetes-map-type", "must be undefined to be structural"), ("x-kubernetes-validations", "must be empty to be structural"),
    ];

    private static readonly string[] False = ["nullable", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string"];

    private enum Level
    {
        Root,
        Item,
        Field,
    }

    /// <summary>What is wrong, in the order of the messages.</summary>
    public static IReadOnlyList<FieldError> Validate(JsonObject schema, string path)
    {
        var errors = new List<FieldError>();
        Invariants(schema, Level.Root, path, errors);
        Complete(schema, schema, path, path, errors);
        errors.Sort((a, b) => string.CompareOrdinal(a.ToString(), b.ToString()));
        return errors;
    }

    private static void Invariants(JsonObject schema, Level level, string path, List<FieldError> errors)
    {
        var type = schema.Text("type") ?? "";
        if (type == "array" && schema["items"] is null) errors.Required($"{path}.items", "must be specified");
        if (schema["items"] is JsonObject items) Invariants(items, Level.Item, $"{path}.items", errors);
        foreach (var (name, property) in schema.Map("properties") ?? []) Invariants(property as JsonObject ?? [], Level.Field, $"{path}.properties[{name}]", errors);
        if (schema["additionalProperties"] is { } values)
        {
            if (level == Level.Root) errors.Forbidden($"{path}.additionalProperties", "must not be used at the root");
            if (values is JsonObject child) Invariants(child, Level.Field, $"{path}.additionalProperties", errors);
        }

        Extensions(schema, path, errors);
        ValueChecks(schema, IsIntOrString(schema["anyOf"]), schema["allOf"] is JsonArray { Count: > 0 } all && IsIntOrString((all[0] as JsonObject)?["anyOf"]), path, errors);
        var embedded = schema.Flag("x-kubernetes-embedded-resource");
        TypeOf(schema, type, embedded, level, path, errors);
        Metadata(schema, level, embedded, path, errors);
        if (embedded && !schema.Flag("x-kubernetes-preserve-unknown-fields") && schema.Map("properties") is not { Count: > 0 })
        {
            errors.Required($"{path}.properties", "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields");
        }
    }

    private static void TypeOf(JsonObject schema, string type, bool embedded, Level level, string path, List<FieldError> errors)
    {
        if (embedded && type != "object")
        {
            const string reason = "must be object if x-kubernetes-embedded-resource is true";
            if (type.Length == 0) errors.Required($"{path}.type", reason);
            else errors.Invalid($"{path}.type", type, reason);
        }
        else if (type.Length == 0 && !schema.Flag("x-kubernetes-int-or-string") && !schema.Flag("x-kubernetes-preserve-unknown-fields"))
        {
            errors.Required($"{path}.type", level switch
            {
                Level.Root => "must not be empty at the root",
                Level.Item => "must not be empty for specified array items",
                _ => "must not be empty for specified object fields",
            });
        }

        if (embedded && schema["additionalProperties"] is not null) errors.Forbidden($"{path}.additionalProperties", "must not be used if x-kubernetes-embedded-resource is set");
        if (level == Level.Root && type.Length > 0 && type != "object") errors.Invalid($"{path}.type", type, "must be object at the root");
    }

    private static void Metadata(JsonObject schema, Level level, bool embedded, string path, List<FieldError> errors)
    {
        var properties = schema.Map("properties");
        var whole = level == Level.Root || embedded;
        foreach (var name in new[] { "kind", "apiVersion" })
        {
            if (whole && properties.Map(name) is { } field && field.Text("type") != "string") errors.Invalid($"{path}.properties[{name}].type", field.Text("type") ?? "", "must be string");
        }

        if (properties.Map("metadata") is not { } metadata) return;
        var at = $"{path}.properties[metadata]";
        if (whole && metadata.Text("type") != "object") errors.Invalid($"{at}.type", metadata.Text("type") ?? "", "must be object");
        if (level == Level.Root && metadata.Any(p => p.Key is not ("type" or "default") && !(p.Key == "properties" && p.Value is JsonObject named && named.All(f => f.Key is "name" or "generateName"))))
        {
            errors.Forbidden(at, "must not specify anything other than name and generateName, but metadata is implicitly specified");
        }
    }

    private static void Extensions(JsonObject schema, string path, List<FieldError> errors)
    {
        if (!schema.Flag("x-kubernetes-int-or-string")) return;
        foreach (var other in new[] { "x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource" })
        {
            if (schema.Flag(other)) errors.Invalid($"{path}.{other}", true, "must be false if x-kubernetes-int-or-string is true");
        }
    }

    private static void ValueChecks(JsonObject schema, bool skipAnyOf, bool skipFirstOfAllOf, string path, List<FieldError> errors)
    {
        if (!skipAnyOf) Each(schema, "anyOf", path, (nested, at, _) => Nested(nested, false, at, errors));
        Each(schema, "allOf", path, (nested, at, i) => Nested(nested, skipFirstOfAllOf && i == 0, at, errors));
        Each(schema, "oneOf", path, (nested, at, _) => Nested(nested, false, at, errors));
        if (schema["not"] is JsonObject not) Nested(not, false, $"{path}.not", errors);
        if (schema.Text("pattern") is { Length: > 0 } pattern && PatternTranslator.Compile(pattern, out var error) is null)
        {
            errors.Invalid($"{path}.pattern", pattern, $"must be a valid regular expression, but isn't: {error}");
        }
    }

    /// <summary>A schema inside of a junctor may check values, and declare nothing.</summary>
    private static void Nested(JsonObject schema, bool skipAnyOf, string path, List<FieldError> errors)
    {
        ValueChecks(schema, skipAnyOf, false, path, errors);
        if (schema["items"] is JsonObject items) Nested(items, false, $"{path}.items", errors);
        foreach (var (name, property) in schema.Map("properties") ?? []) Nested(property as JsonObject ?? [], false, $"{path}.properties[{name}]", errors);
        foreach (var (field, reason) in Undefined)
        {
            if (schema[field] is { } value && value is not JsonArray { Count: 0 } && value.Text() != "") errors.Forbidden($"{path}.{field}", reason);
        }

        foreach (var field in False)
        {
            if (schema.Flag(field)) errors.Forbidden($"{path}.{field}", "must be false to be structural");
        }

        if (schema.Map("properties")?.ContainsKey("metadata") == true) errors.Forbidden($"{path}.properties[metadata]", "must not be specified in a nested context");
    }

    /// <summary>What a junctor speaks of has to be declared outside of it.</summary>
    private static void Complete(JsonObject checks, JsonObject? declared, string declaredPath, string path, List<FieldError> errors)
    {
        if (checks["not"] is JsonObject not) CompleteNested(not, declared, declaredPath, $"{path}.not", errors);
        foreach (var junctor in new[] { "allOf", "anyOf", "oneOf" })
        {
            Each(checks, junctor, path, (nested, at, _) => CompleteNested(nested, declared, declaredPath, at, errors));
        }

        if (!ReferenceEquals(checks, declared)) return;
        if (checks["items"] is JsonObject items) Complete(items, items, $"{declaredPath}.items", $"{path}.items", errors);
        foreach (var (name, property) in checks.Map("properties") ?? [])
        {
            if (property is JsonObject child) Complete(child, child, $"{declaredPath}.properties[{name}]", $"{path}.properties[{name}]", errors);
        }

        if (checks["additionalProperties"] is JsonObject values) Complete(values, values, $"{declaredPath}.additionalProperties", $"{path}.additionalProperties", errors);
    }

    private static void CompleteNested(JsonObject checks, JsonObject? declared, string declaredPath, string path, List<FieldError> errors)
    {
        if (declared is null)
        {
            errors.Required(declaredPath, $"because it is defined in {path}");
            return;
        }

        Complete(checks, declared, declaredPath, path, errors);
        if (checks["items"] is JsonObject items) CompleteNested(items, declared["items"] as JsonObject, $"{declaredPath}.items", $"{path}.items", errors);
        foreach (var (name, property) in checks.Map("properties") ?? [])
        {
            CompleteNested(property as JsonObject ?? [], declared.Map("properties").Map(name), $"{declaredPath}.properties[{name}]", $"{path}.properties[{name}]", errors);
        }
    }

    private static void Each(JsonObject schema, string junctor, string path, Action<JsonObject, string, int> act)
    {
        var i = 0;
        foreach (var nested in schema.Items(junctor))
        {
            act(nested, $"{path}.{junctor}[{i}]", i);
            i++;
        }
    }

    /// <summary><c>anyOf: [{type: integer}, {type: string}]</c>, the one place where a junctor may name types.</summary>
    private static bool IsIntOrString(JsonNode? anyOf) =>
        anyOf is JsonArray { Count: 2 } both && both[0] is JsonObject { Count: 1 } first && both[1] is JsonObject { Count: 1 } second && first.Text("type") == "integer" && second.Text("type") == "string";
}
