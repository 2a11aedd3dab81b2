using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.ApiServer.ManagedFields;

/// <summary>Compares two values of a type field by field (typed.Compare). Parts that are the same cost no memory.</summary>
internal static class TypedComparison
{
    public static Comparison Compare(JsonObject old, JsonObject now, Schema schema)
    {
        var marks = Fields(Operand.Of(old), Operand.Of(now), schema);
        return new(marks.Added ?? FieldSet.Empty, marks.Removed ?? FieldSet.Empty, marks.Modified ?? FieldSet.Empty);
    }

    /// <summary>One side of the comparison: absent, or there with a value, which may be null.</summary>
    private readonly record struct Operand(bool Present, JsonNode? Value)
    {
        public static Operand Absent => default;

        public static Operand Of(JsonNode? value) => new(true, value);

        public JsonObject? Map => Value as JsonObject;

        public JsonArray? List => Value as JsonArray;

        public bool IsNull => !Present || Value is null;

        /// <summary>A field of this value; a struct that Go embeds by value is there even when nothing of it is.</summary>
        public Operand Field(Schema? schema, string name)
        {
            if (Map is { } map && map.TryGetPropertyValue(name, out var value)) return Of(value);
            return Present && EmbeddedStructs.Contains(schema, name) ? Of(null) : Absent;
        }
    }

    /// <summary>The differences at an element and below it.</summary>
    private readonly record struct Marks(bool IsAdded, bool IsRemoved, bool IsModified, FieldSet? Added, FieldSet? Removed, FieldSet? Modified)
    {
        public Marks With(Marks other) => new(IsAdded || other.IsAdded, IsRemoved || other.IsRemoved, IsModified || other.IsModified,
            Join(Added, other.Added), Join(Removed, other.Removed), Join(Modified, other.Modified));

        private static FieldSet? Join(FieldSet? a, FieldSet? b) => a is null ? b : b is null ? a : a.Union(b);
    }

    /// <summary>Collects the marks of the elements of one level.</summary>
    private struct Collector
    {
        private FieldSetBuilder? _added;
        private FieldSetBuilder? _removed;
        private FieldSetBuilder? _modified;

        public void Add(PathElement element, Marks marks)
        {
            if (marks.IsAdded || marks.Added is not null) (_added ??= new()).Add(element, marks.IsAdded, marks.Added);
            if (marks.IsRemoved || marks.Removed is not null) (_removed ??= new()).Add(element, marks.IsRemoved, marks.Removed);
            if (marks.IsModified || marks.Modified is not null) (_modified ??= new()).Add(element, marks.IsModified, marks.Modified);
        }

        public readonly Marks Build(bool added, bool removed) => new(added, removed, false, _added?.Build(), _removed?.Build(), _modified?.Build());
    }

    private static Marks Walk(Operand old, Operand now, Schema? schema)
    {
        if (TypeView.IsUntyped(schema) && !old.IsNull && !now.IsNull && TypeView.ShapeOf(schema, old.Value) != TypeView.ShapeOf(schema, now.Value))
        {
            // A value has become one of another form: what was below is gone, what is below is new.
            return Walk(old, Operand.Absent, schema).With(Walk(Operand.Absent, now, schema)) with { IsAdded = false, IsRemoved = false, IsModified = true };
        }

        switch (TypeView.ShapeOf(schema, now.IsNull ? old.Value : now.Value))
        {
            case Shape.Scalar:
                return Leaf(old, now);
            case Shape.List:
                var empty = old.List is not { Count: > 0 } && now.List is not { Count: > 0 };
                return empty || TypeView.IsAtomicList(schema) ? Leaf(old, now) : Items(old, now, schema!);
            default:
                empty = old.Map is not { Count: > 0 } && now.Map is not { Count: > 0 };
                return empty || TypeView.IsAtomicMap(schema) ? Leaf(old, now) : Fields(old, now, schema);
        }
    }

    private static Marks Leaf(Operand old, Operand now)
    {
        if (!old.Present) return new(now.Present, false, false, null, null, null);
        if (!now.Present) return new(false, true, false, null, null, null);
        // Null and empty are the same zero value of a Go struct or list.
        var same = JsonText.Same(old.Value, now.Value) || (old.Value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 } && now.Value is null or JsonObject { Count: 0 } or JsonArray { Count: 0 });
        return same ? default : new(false, false, true, null, null, null);
    }

    private static Marks Fields(Operand old, Operand now, Schema? schema)
    {
        var collector = default(Collector);
        foreach (var (name, value) in now.Map ?? [])
        {
            var marks = Walk(old.Field(schema, name), Operand.Of(value), TypeView.FieldOf(schema, name));
            if (marks != default) collector.Add(PathElement.Field(name), marks);
        }

        foreach (var (name, value) in old.Map ?? [])
        {
            if (now.Map?.ContainsKey(name) == true) continue;
            var marks = Walk(Operand.Of(value), now.Field(schema, name), TypeView.FieldOf(schema, name));
            if (marks != default) collector.Add(PathElement.Field(name), marks);
        }

        return collector.Build(!old.Present, !now.Present);
    }

    private static Marks Items(Operand old, Operand now, Schema schema)
    {
        var collector = default(Collector);
        var before = Index(old.List, schema);
        var after = Index(now.List, schema);
        foreach (var (element, items) in after)
        {
            collector.Add(element, Item(before.GetValueOrDefault(element) ?? [], items, schema));
        }

        foreach (var (element, items) in before)
        {
            if (!after.ContainsKey(element)) collector.Add(element, Item(items, [], schema));
        }

        return collector.Build(!old.Present, !now.Present);
    }

    /// <summary>Compares the items of an element; usually one on each side. Several with the same keys are one whole.</summary>
    private static Marks Item(List<JsonNode?> old, List<JsonNode?> now, Schema schema)
    {
        if (old.Count <= 1 && now.Count <= 1)
        {
            return Walk(old.Count == 0 ? Operand.Absent : Operand.Of(old[0]), now.Count == 0 ? Operand.Absent : Operand.Of(now[0]), schema.Items);
        }

        if (old.Count > 1 && now.Count > 1)
        {
            var same = old.Count == now.Count && old.Zip(now).All(p => JsonText.Same(p.First, p.Second));
            return same ? default : new(false, false, true, null, null, null);
        }

        if (old.Count > 1)
        {
            var rest = now.Count == 0 ? default : Walk(Operand.Absent, Operand.Of(now[0]), schema.Items);
            return rest with { IsRemoved = true };
        }

        var gone = old.Count == 0 ? default : Walk(Operand.Of(old[0]), Operand.Absent, schema.Items);
        return gone with { IsAdded = true };
    }

    private static Dictionary<PathElement, List<JsonNode?>> Index(JsonArray? list, Schema schema)
    {
        var index = new Dictionary<PathElement, List<JsonNode?>>(list?.Count ?? 0);
        foreach (var item in list ?? [])
        {
            if (TypeView.ElementOf(schema, item, out _) is not { } element) continue;
            if (index.TryGetValue(element, out var same)) same.Add(item);
            else index[element] = [item];
        }

        return index;
    }
}
