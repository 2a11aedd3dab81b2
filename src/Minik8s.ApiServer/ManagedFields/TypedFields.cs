using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>The fields that a value sets: its leaves, the items of its lists and the keys of its maps (typed.ToFieldSet).</summary>
internal static class TypedFields
{
    public static FieldSet Of(JsonObject value, Schema schema) => Below(value, schema);

    /// <summary>The fields below a value of any form.</summary>
    public static FieldSet Below(JsonNode? value, Schema? schema) => Walk(value, schema, out _) ?? FieldSet.Empty;

    private static FieldSet? Walk(JsonNode? value, Schema? schema, out bool self)
    {
        self = false;
        switch (TypeView.ShapeOf(schema, value))
        {
            case Shape.Scalar:
                self = true;
                return null;
            case Shape.List:
                self = TypeView.IsAtomicList(schema);
                return self || value is not JsonArray list ? null : Items(list, schema!);
            default:
                self = TypeView.IsAtomicMap(schema);
                return self || value is not JsonObject map ? null : Fields(map, schema);
        }
    }

    private static FieldSet Fields(JsonObject map, Schema? schema)
    {
        var builder = new FieldSetBuilder();
        foreach (var (name, value) in map)
        {
            var children = Walk(value, TypeView.FieldOf(schema, name), out var self);
            builder.Add(PathElement.Field(name), self || value is null or JsonObject { Count: 0 } || !TypeView.IsDeclared(schema, name), children);
        }

        return builder.Build();
    }

    private static FieldSet Items(JsonArray list, Schema schema)
    {
        var builder = new FieldSetBuilder();
        HashSet<PathElement>? repeated = null;
        var seen = new HashSet<PathElement>(list.Count);
        foreach (var item in list)
        {
            if (TypeView.ElementOf(schema, item, out _) is { } element && !seen.Add(element)) (repeated ??= []).Add(element);
        }

        foreach (var item in list)
        {
            if (TypeView.ElementOf(schema, item, out _) is not { } element) continue;
            // Of items that share their keys, nobody can own a part.
            builder.Add(element, true, repeated?.Contains(element) == true ? null : Walk(item, schema.Items, out _));
        }

        return builder.Build();
    }
}
