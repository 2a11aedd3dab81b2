using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>What a CRD's schema may say of JSON schema's words, and how Kubernetes' extensions go together (apiextensions' <c>ValidateCustomResourceDefinitionOpenAPISchema</c>).</summary>
internal static class JsonSchemaValidation
{
    private static readonly string[] Types = ["array", "boolean", "integer", "number", "object", "string"];
    private static readonly string[] Unsupported = ["id", "additionalItems", "patternProperties", "definitions", "dependencies", "$ref"];
    private static readonly string[] Reasons = ["FieldValueDuplicate", "FieldValueForbidden", "FieldValueInvalid", "FieldValueRequired"];

    public static void Validate(JsonObject schema, string path, ICollection<FieldError> errors) => Walk(schema, path, new(true, null, false), errors);

    private static void Walk(JsonObject schema, string path, Place place, ICollection<FieldError> errors)
    {
        Words(schema, path, place, errors);
        if (schema.Flag("uniqueItems")) errors.Forbidden($"{path}.uniqueItems", "uniqueItems cannot be set to true since the runtime complexity becomes quadratic");
        var inside = place with { IsRoot = false };
        if (schema["additionalProperties"] is { } values)
        {
            if (schema.Map("properties") is { Count: > 0 } && values.Flag() != true) errors.Forbidden($"{path}.additionalProperties", "additionalProperties and properties are mutual exclusive");
            if (values is JsonObject child)
            {
                Walk(child, $"{path}.additionalProperties", place.InMetadata ? inside with { NoDefaults = "inside additionalProperties applying to object metadata" } : inside, errors);
            }
        }

        foreach (var (name, property) in schema.Map("properties") ?? [])
        {
            var below = inside;
            if ((place.IsRoot || schema.Flag("x-kubernetes-embedded-resource")) && name is "metadata" or "kind" or "apiVersion")
            {
                below = below with { InMetadata = true, NoDefaults = place.IsRoot ? $"in top-level {name}" : below.NoDefaults };
            }

            Walk(property as JsonObject ?? [], $"{path}.properties[{name}]", below, errors);
        }

        if (schema["not"] is JsonObject not) Walk(not, $"{path}.not", inside, errors);
        foreach (var junctor in new[] { "allOf", "oneOf", "anyOf" })
        {
            var i = 0;
            foreach (var nested in schema.Items(junctor)) Walk(nested, $"{path}.{junctor}[{i++}]", inside, errors);
        }

        if (schema["items"] is JsonObject items) Walk(items, $"{path}.items", inside, errors);
        Maps(schema, path, errors);
        Lists(schema, path, errors);
        Rules(schema, path, errors);
    }

    private static void Words(JsonObject schema, string path, Place place, ICollection<FieldError> errors)
    {
        var type = schema.Text("type") ?? "";
        if (type.Length > 0 && !Types.Contains(type)) errors.NotSupported($"{path}.type", type, Types);
        if (schema["default"] is not null && place.NoDefaults is { } where) errors.Forbidden($"{path}.default", $"must not be set {where}");
        foreach (var word in Unsupported)
        {
            if (schema[word] is { } value && value is not JsonObject { Count: 0 }) errors.Forbidden($"{path}.{word}", $"{word} is not supported");
        }

        if (type == "null") errors.Forbidden($"{path}.type", "type cannot be set to null, use nullable as an alternative");
        if (schema["items"] is JsonArray) errors.Forbidden($"{path}.items", "items must be a schema object and not an array");
        if (place.InMetadata && schema.Flag("x-kubernetes-embedded-resource")) errors.Forbidden($"{path}.x-kubernetes-embedded-resource", "must not be used inside of resource meta");
        if (schema["x-kubernetes-preserve-unknown-fields"].Flag() == false) errors.Invalid($"{path}.x-kubernetes-preserve-unknown-fields", false, "must be true or undefined");
    }

    private static void Maps(JsonObject schema, string path, ICollection<FieldError> errors)
    {
        if (schema.Text("x-kubernetes-map-type") is not { } mapType) return;
        TypeFor(schema, "object", "x-kubernetes-map-type", path, errors);
        if (mapType is not ("atomic" or "granular")) errors.NotSupported($"{path}.x-kubernetes-map-type", mapType, "atomic", "granular");
    }

    private static void Lists(JsonObject schema, string path, ICollection<FieldError> errors)
    {
        var listType = schema.Text("x-kubernetes-list-type");
        var items = schema["items"] as JsonObject;
        if (listType is not null && schema.Text("type") != "array")
        {
            TypeFor(schema, "array", "x-kubernetes-list-type", path, errors);
        }
        else if (listType == "set" && items is not null)
        {
            const string reason = "must be atomic as item of a list with x-kubernetes-list-type=set";
            if (items.Text("type") == "array" && items.Text("x-kubernetes-list-type") is { } inner and not "atomic") errors.Invalid($"{path}.items.x-kubernetes-list-type", inner, reason);
            if (items.Text("type") == "object" && items.Text("x-kubernetes-map-type") != "atomic") errors.Invalid($"{path}.items.x-kubernetes-map-type", items["x-kubernetes-map-type"]?.DeepClone(), reason);
        }

        if (listType is not (null or "atomic" or "set" or "map")) errors.NotSupported($"{path}.x-kubernetes-list-type", listType, "atomic", "set", "map");
        var keys = (schema["x-kubernetes-list-map-keys"] as JsonArray ?? []).Select(k => k.Text() ?? "").ToList();
        if (keys.Count > 0 && listType != "map")
        {
            const string reason = "must be map if x-kubernetes-list-map-keys is non-empty";
            if (listType is null) errors.Required($"{path}.x-kubernetes-list-type", reason);
            else errors.Invalid($"{path}.x-kubernetes-list-type", listType, reason);
        }

        if (listType == "map") MapKeys(schema, items, keys, path, errors);
        if (listType is "set" or "map" && items.Flag("nullable")) errors.Forbidden($"{path}.items.nullable", $"cannot be nullable when x-kubernetes-list-type is {listType}");
    }

    private static void MapKeys(JsonObject schema, JsonObject? items, List<string> keys, string path, ICollection<FieldError> errors)
    {
        if (keys.Count == 0) errors.Required($"{path}.x-kubernetes-list-map-keys", "must not be empty if x-kubernetes-list-type is map");
        if (items is null)
        {
            if (schema["items"] is null) errors.Required($"{path}.items", "must have a schema if x-kubernetes-list-type is map");
            return;
        }

        if (items.Text("type") != "object")
        {
            errors.Invalid($"{path}.items.type", items.Text("type") ?? "", "must be object if parent array's x-kubernetes-list-type is map");
            return;
        }

        var shown = schema["x-kubernetes-list-map-keys"];
        var required = (items["required"] as JsonArray ?? []).Select(r => r.Text()).ToHashSet();
        foreach (var key in keys)
        {
            if (items.Map("properties").Map(key) is not { } property)
            {
                errors.Invalid($"{path}.x-kubernetes-list-map-keys", shown?.DeepClone(), "entries must all be names of item properties");
                continue;
            }

            var at = $"{path}.items.properties[{key}]";
            if (property.Text("type") is "array" or "object") errors.Invalid($"{at}.type", property.Text("type"), "must be a scalar type if parent array's x-kubernetes-list-type is map");
            if (!required.Contains(key) && property["default"] is null) errors.Required($"{at}.default", "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property");
            if (property.Flag("nullable")) errors.Forbidden($"{at}.nullable", "this property is in x-kubernetes-list-map-keys, so it cannot be nullable");
        }

        if (keys.Distinct().Count() != keys.Count) errors.Invalid($"{path}.x-kubernetes-list-map-keys", shown?.DeepClone(), "must not contain duplicate entries");
    }

    /// <summary>The form of CEL rules; what they mean is not looked at.</summary>
    private static void Rules(JsonObject schema, string path, ICollection<FieldError> errors)
    {
        var i = 0;
        foreach (var rule in schema.Items("x-kubernetes-validations"))
        {
            var at = $"{path}.x-kubernetes-validations[{i++}]";
            var (text, message) = ((rule.Text("rule") ?? "").Trim(), rule.Text("message") ?? "");
            if (text.Length == 0) errors.Required($"{at}.rule", "rule is not specified");
            else if (message.Length > 0 && message.Trim().Length == 0) errors.Invalid($"{at}.message", message, "message must be non-empty if specified");
            else if (HasLineBreak(message.Trim())) errors.Invalid($"{at}.message", message, "message must not contain line breaks");
            else if (HasLineBreak(text) && message.Trim().Length == 0) errors.Required($"{at}.message", "message must be specified if rule contains line breaks");
            if (rule.Text("messageExpression") is { Length: > 0 } expression && expression.Trim().Length == 0) errors.Required($"{at}.messageExpression", "messageExpression must be non-empty if specified");
            if (rule.Text("reason") is { } reason && !Reasons.Contains(reason)) errors.NotSupported($"{at}.reason", reason, Reasons);
            if (rule.Text("fieldPath") is { Length: > 0 } field)
            {
                if (field.Trim().Length == 0) errors.Invalid($"{at}.fieldPath", field, "fieldPath must be non-empty if specified");
                if (HasLineBreak(field)) errors.Invalid($"{at}.fieldPath", field, "fieldPath must not contain line breaks");
            }
        }
    }

    private static bool HasLineBreak(string text) => text.AsSpan().ContainsAny('\n', '\r');

    private static void TypeFor(JsonObject schema, string wanted, string extension, string path, ICollection<FieldError> errors)
    {
        var type = schema.Text("type") ?? "";
        if (type == wanted) return;
        var reason = $"must be {wanted} if {extension} is specified";
        if (type.Length == 0) errors.Required($"{path}.type", reason);
        else errors.Invalid($"{path}.type", type, reason);
    }

    /// <summary>Where in the whole a schema stands.</summary>
    /// <param name="IsRoot">It describes the object itself.</param>
    /// <param name="NoDefaults">Why it may have no default; null when it may.</param>
    /// <param name="InMetadata">It describes apiVersion, kind, metadata or something in them.</param>
    private sealed record Place(bool IsRoot, string? NoDefaults, bool InMetadata);
}
