using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Takes fields out of a value (typed.RemoveItems).</summary>
internal static class TypedRemoval
{
    /// <summary>A copy without the fields of the set; a value of which nothing is left goes too.</summary>
    public static JsonObject Remove(JsonObject value, FieldSet fields, Schema schema) => fields.IsEmpty ? value.DeepClone().AsObject() : Fields(value, fields, schema, keepNames: false) ?? [];

    /// <summary>The same, but of a field of which nothing is left the name stays, with null: it was not itself in the set, and so has not been taken away.</summary>
    public static JsonObject RemoveBelow(JsonObject value, FieldSet fields, Schema schema) => fields.IsEmpty ? value.DeepClone().AsObject() : Fields(value, fields, schema, keepNames: true) ?? [];

    private static JsonNode? Remove(JsonNode? value, FieldSet fields, Schema? schema, bool keepNames) => value switch
    {
        JsonObject map when !TypeView.IsAtomicMap(schema) => Fields(map, fields, schema, keepNames),
        JsonArray list when !TypeView.IsAtomicList(schema) => Items(list, fields, schema!, keepNames),
        JsonValue => value.DeepClone(),
        _ => null,
    };

    private static JsonObject? Fields(JsonObject map, FieldSet fields, Schema? schema, bool keepNames)
    {
        var result = new JsonObject();
        foreach (var (name, value) in map)
        {
            var element = PathElement.Field(name);
            if (fields.Contains(element)) continue;
            var below = fields.Below(element);
            if (below.IsEmpty) result[name] = value?.DeepClone();
            else if (Remove(value, below, TypeView.FieldOf(schema, name), keepNames) is { } rest) result[name] = rest;
            // A struct by value stays when all of it goes.
            else if (value is JsonObject && EmbeddedStructs.Contains(schema, name)) result[name] = new JsonObject();
            else if (keepNames) result[name] = null;
        }

        return result.Count > 0 ? result : null;
    }

    private static JsonArray? Items(JsonArray list, FieldSet fields, Schema schema, bool keepNames)
    {
        var result = new JsonArray();
        foreach (var item in list)
        {
            var element = TypeView.ElementOf(schema, item, out _);
            if (element is not { } key)
            {
                result.Add(item?.DeepClone());
                continue;
            }

            if (fields.Contains(key)) continue;
            var below = fields.Below(key);
            result.Add(below.IsEmpty ? item?.DeepClone() : Remove(item, below, schema.Items, keepNames) ?? new JsonObject());
        }

        return result.Count > 0 ? result : null;
    }
}
