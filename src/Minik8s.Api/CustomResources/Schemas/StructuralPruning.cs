using System.Text.Json.Nodes;
using Minik8s.Api.Schemas;

namespace Minik8s.Api.CustomResources.Schemas;

/// <summary>Takes away what a structural schema does not name, below everything that does not preserve unknown fields.</summary>
public static class StructuralPruning
{
    private static readonly Schema Unknown = new();

    /// <summary>Prunes in place.</summary>
    /// <param name="obj">The object.</param>
    /// <param name="schema">Its schema.</param>
    /// <param name="isResource">Whether it is a whole object, whose apiVersion, kind and metadata are always known.</param>
    /// <param name="unknown">Gets the paths of what was taken away; null when nobody asks.</param>
    /// <returns>Whether anything was taken away.</returns>
    public static bool Prune(JsonObject obj, Schema schema, bool isResource, ICollection<string>? unknown = null) => new Run(unknown).Object(obj, schema, isResource, schema.PreserveUnknownFields, "");

    /// <summary>Prunes a value of any type in place.</summary>
    /// <returns>Whether anything was taken away.</returns>
    public static bool Prune(JsonNode? value, Schema schema) => new Run(null).Value(value, schema, schema.PreserveUnknownFields, "");

    private sealed class Run(ICollection<string>? unknown)
    {
        public bool Object(JsonObject map, Schema schema, bool isResource, bool preserve, string path)
        {
            isResource |= schema.EmbeddedResource;
            var changed = false;
            List<string>? gone = null;
            foreach (var (name, value) in map)
            {
                if (isResource && name is "apiVersion" or "kind" or "metadata") continue;
                if (schema.Properties.TryGetValue(name, out var property) || (property = schema.AdditionalProperties) is not null)
                {
                    changed |= Value(value, property, property.PreserveUnknownFields, Child(path, name));
                }
                else if (preserve)
                {
                    // What is kept unseen may still hold nothing that a schema names: there is none to ask.
                    changed |= Value(value, Unknown, true, Child(path, name));
                }
                else
                {
                    (gone ??= []).Add(name);
                }
            }

            foreach (var name in gone ?? [])
            {
                map.Remove(name);
                unknown?.Add(Child(path, name));
                changed = true;
            }

            return changed;
        }

        public bool Value(JsonNode? value, Schema schema, bool preserve, string path)
        {
            switch (value)
            {
                case JsonObject map:
                    return Object(map, schema, false, preserve, path);
                case JsonArray list:
                    var items = schema.Items ?? Unknown;
                    var keep = schema.Items is null ? preserve : items.PreserveUnknownFields;
                    var changed = false;
                    for (var i = 0; i < list.Count; i++) changed |= Value(list[i], items, keep, unknown is null ? "" : $"{path}[{i}]");
                    return changed;
                default:
                    return false;
            }
        }

        private string Child(string path, string name) => unknown is null || path.Length == 0 ? name : $"{path}.{name}";
    }
}
