using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The forms that a value can take for merging.</summary>
internal enum Shape
{
    Map,
    Scalar,
    List,
}

/// <summary>
/// Sees a schema as structured-merge-diff's types: what is a map, a list or a scalar, what is atomic, and which element stands for an item of a list.
/// A node without a schema, or of any type, has the type of its value: maps merge, lists are atomic.
/// </summary>
internal static class TypeView
{
    public static bool IsUntyped(Schema? schema) => schema is null || schema.Type == SchemaType.Any;

    public static Shape ShapeOf(Schema? schema, JsonNode? value) => schema?.Type switch
    {
        SchemaType.Object => Shape.Map,
        SchemaType.Array => Shape.List,
        null or SchemaType.Any => value switch
        {
            JsonArray => Shape.List,
            JsonValue => Shape.Scalar,
            _ => Shape.Map,
        },
        _ => Shape.Scalar,
    };

    public static bool IsAtomicMap(Schema? schema) => schema?.AtomicMap ?? false;

    public static bool IsAtomicList(Schema? schema) => IsUntyped(schema) || schema!.ListType == ListType.Atomic;

    public static bool IsDeclared(Schema? schema, string field) => schema?.Properties.ContainsKey(field) ?? false;

    /// <summary>The schema of a field; null when any type is allowed there.</summary>
    public static Schema? FieldOf(Schema? schema, string field) =>
        schema is null ? null : schema.Properties.TryGetValue(field, out var declared) ? declared : schema.AdditionalProperties;

    /// <summary>Whether an object of this schema may have a field.</summary>
    public static bool Allows(Schema? schema, string field) =>
        IsUntyped(schema) || IsDeclared(schema, field) || schema!.AdditionalProperties is not null || schema.PreserveUnknownFields || schema.Properties.Count == 0;

    public static Schema? Below(Schema? schema, PathElement element) => element.Kind == PathElementKind.Field ? FieldOf(schema, element.Name) : schema?.Items;

    /// <summary>The element that stands for an item of a set or map list; null with the reason why there is none.</summary>
    public static PathElement? ElementOf(Schema schema, JsonNode? item, out string? problem)
    {
        problem = null;
        if (schema.ListType == ListType.Set)
        {
            problem = item switch
            {
                JsonObject => "associative list without keys has an element that's a map type",
                JsonArray => "not supported: associative list with lists as elements",
                null => "associative list without keys has an element that's an explicit null",
                _ => null,
            };
            return problem is null && JsonScalar.TryRead(item, out var value) ? PathElement.Value(value) : null;
        }

        if (item is not JsonObject map)
        {
            problem = item is null ? "associative list with keys may not have a null element" : "associative list with keys may not have non-map elements";
            return null;
        }

        var keys = new (string, JsonScalar)[schema.ListMapKeys.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            var name = schema.ListMapKeys[i];
            if (!map.TryGetPropertyValue(name, out var key) && (key = FieldOf(schema.Items, name)?.Default) is null)
            {
                problem = $"associative list with keys has an element that omits key field \"{name}\" (and doesn't have default value)";
                return null;
            }

            if (!JsonScalar.TryRead(key, out var scalar))
            {
                problem = $"associative list with keys has an element whose key field \"{name}\" is not a scalar";
                return null;
            }

            keys[i] = (name, scalar);
        }

        return PathElement.Key(keys);
    }
}
