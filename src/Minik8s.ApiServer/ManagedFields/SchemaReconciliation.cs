using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>
/// Brings a set of fields in line with a schema that has changed since it was recorded: a value that has become atomic is owned as a whole, and of a
/// list that has become granular its applier owns every item that is in it now (typed.ReconcileFieldSetWithSchema, which does the latter for maps and
/// updaters too; but there an emptied map looks just like an atomic one, and would take fields that others manage).
/// </summary>
internal static class SchemaReconciliation
{
    public static FieldSet Reconcile(FieldSet fields, JsonObject live, Schema schema, bool applies) => Fields(fields, live, schema, applies);

    private static FieldSet Fields(FieldSet fields, JsonNode? live, Schema? schema, bool applies)
    {
        List<FieldSet.Node>? changed = null;
        var items = applies && live is JsonArray list && !TypeView.IsAtomicList(schema) ? Index(list, schema!) : null;
        for (var i = 0; i < fields.Nodes.Length; i++)
        {
            var node = fields.Nodes[i];
            var now = One(node, Child(live, items, node.Element), TypeView.Below(schema, node.Element), applies);
            if (changed is null && now != node) changed = [.. fields.Nodes[..i]];
            changed?.Add(now);
        }

        return changed is null ? fields : new([.. changed]);
    }

    private static FieldSet.Node One(FieldSet.Node node, JsonNode? live, Schema? schema, bool applies)
    {
        if (TypeView.IsUntyped(schema)) return node;
        var shape = TypeView.ShapeOf(schema, live);
        var atomic = shape switch { Shape.Map => TypeView.IsAtomicMap(schema), Shape.List => TypeView.IsAtomicList(schema), _ => false };
        if (atomic) return node.Children is null ? node : new(node.Element, true, null);
        if (node.Children is not null) return node with { Children = Fields(node.Children, live, schema, applies) };
        if (!applies || shape != Shape.List || !node.Member) return node;
        var whole = live is null ? FieldSet.Empty : TypedFields.Below(live, schema);
        return whole.IsEmpty ? node : node with { Children = whole };
    }

    private static JsonNode? Child(JsonNode? live, Dictionary<PathElement, JsonNode?>? items, PathElement element)
    {
        if (items is not null) return items.GetValueOrDefault(element);
        return live is JsonObject map && element.Kind == PathElementKind.Field && map.TryGetPropertyValue(element.Name, out var value) ? value : null;
    }

    private static Dictionary<PathElement, JsonNode?> Index(JsonArray list, Schema schema)
    {
        var items = new Dictionary<PathElement, JsonNode?>(list.Count);
        foreach (var item in list)
        {
            if (TypeView.ElementOf(schema, item, out _) is { } element) items.TryAdd(element, item);
        }

        return items;
    }
}
