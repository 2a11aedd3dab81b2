using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>Puts a structural schema's defaults in place of what is absent, and of nulls where null is no value.</summary>
public static class StructuralDefaulting
{
    /// <summary>Defaults in place.</summary>
    /// <returns>Whether anything was changed.</returns>
    public static bool Apply(JsonNode? value, Schema schema)
    {
        var changed = false;
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, property) in schema.Properties)
                {
                    var present = map.TryGetPropertyValue(name, out var field);
                    if (property.Default is { } given && (!present || (field is null && !property.Nullable)))
                    {
                        map[name] = given.DeepClone();
                        changed = true;
                    }
                    else if (present && field is null && !property.Nullable)
                    {
                        // A null that is no value and has no default counts as absent.
                        map.Remove(name);
                        changed = true;
                    }
                }

                foreach (var (name, field) in map.ToList())
                {
                    if (field is null && schema.AdditionalProperties is { Nullable: false, Type: not SchemaType.Any } && !schema.Properties.ContainsKey(name))
                    {
                        map.Remove(name);
                        changed = true;
                        continue;
                    }

                    if (field is not null && (schema.Properties.TryGetValue(name, out var property) || (property = schema.AdditionalProperties) is not null)) changed |= Apply(field, property);
                }

                break;
            case JsonArray list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++)
                {
                    if (list[i] is null && !items.Nullable && items.Default is { } given)
                    {
                        list[i] = given.DeepClone();
                        changed = true;
                    }

                    changed |= Apply(list[i], items);
                }

                break;
        }

        return changed;
    }
}
