using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Brings a set of fields in line with a schema that has changed since it was recorded: a value that has become atomic is owned as a whole, and of one
/// that has become granular everything is owned that is in it now (typed.ReconcileFieldSetWithSchema). The latter is for custom kinds alone: an
/// emptied map looks just like an atomic one, and built-in types do not change under way.
/// </summary>
internal static class SchemaReconciliation
{
    public static FieldSet Reconcile(FieldSet fields, JsonObject live, Schema schema) => Fields(fields, live, schema, custom: schema.Name is null);

    private static FieldSet Fields(FieldSet fields, JsonNode? live, Schema? schema, bool custom)
    {
        List<FieldSet.Node>? changed = null;
        for (var i = 0; i < fields.Nodes.Length; i++)
        {
            var node = fields.Nodes[i];
            var now = One(node, Child(live, node.Element, schema), TypeView.Below(schema, node.Element), custom);
            if (changed is null && now != node) changed = [.. fields.Nodes[..i]];
            changed?.Add(now);
        }

        return changed is null ? fields : new([.. changed]);
    }

    private static FieldSet.Node One(FieldSet.Node node, JsonNode? live, Schema? schema, bool custom)
    {
        if (TypeView.IsUntyped(schema)) return node;
        var shape = TypeView.ShapeOf(schema, live);
        var atomic = shape switch { Shape.Map => TypeView.IsAtomicMap(schema), Shape.List => TypeView.IsAtomicList(schema), _ => false };
        if (atomic) return node.Children is null ? node : new(node.Element, true, null);
        if (node.Children is not null) return node with { Children = Fields(node.Children, live, schema, custom) };
        if (!custom || shape == Shape.Scalar || !node.Member) return node;
        var whole = live is null ? FieldSet.Empty : TypedFields.Below(live, schema);
        return whole.IsEmpty ? node : node with { Children = whole };
    }

    private static JsonNode? Child(JsonNode? live, PathElement element, Schema? schema)
    {
        switch (live)
        {
            case JsonObject map when element.Kind == PathElementKind.Field:
                return map.TryGetPropertyValue(element.Name, out var value) ? value : null;
            case JsonArray list when !TypeView.IsAtomicList(schema):
                return list.FirstOrDefault(item => TypeView.ElementOf(schema!, item, out _) == element);
            default:
                return null;
        }
    }
}
