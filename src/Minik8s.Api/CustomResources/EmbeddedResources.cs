using System.Text.Json.Nodes;
using Minik8s.Api.Decoding;
using Minik8s.Api.Errors;
using Minik8s.Api.Schemas;
using Minik8s.Api.Validation;

namespace Minik8s.Api.CustomResources;

/// <summary>Whole objects inside custom objects (<c>x-kubernetes-embedded-resource</c>): their metadata has the one form that metadata has.</summary>
internal static class EmbeddedResources
{
    private static readonly Schema Metadata = BuiltInSchemas.Get("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta");

    /// <summary>Brings the metadata of embedded objects into form: unknown fields go.</summary>
    /// <exception cref="DecodeException">It has a value of a wrong type, and <paramref name="lenient"/> is not set.</exception>
    public static bool Coerce(JsonNode? value, Schema schema, string path, bool lenient)
    {
        var changed = false;
        if (schema.EmbeddedResource && value is JsonObject obj && obj.ContainsKey("metadata"))
        {
            changed = CoerceMetadata(obj, path, lenient);
        }

        foreach (var (child, node, name) in Children(value, schema)) changed |= Coerce(child, node, path + name, lenient);
        return changed;
    }

    /// <summary>Checks that embedded objects say what they are and are named properly.</summary>
    public static void Validate(JsonNode? value, Schema schema, string path, ICollection<FieldError> errors)
    {
        if (schema.EmbeddedResource && value is JsonObject obj)
        {
            var at = path.Length == 0 ? "" : path + ".";
            if (string.IsNullOrEmpty(obj.Text("apiVersion"))) errors.Required(at + "apiVersion", "must not be empty");
            else if (obj.Text("apiVersion")!.Count(c => c == '/') > 1) errors.Invalid(at + "apiVersion", obj["apiVersion"], $"unexpected GroupVersion string: {obj.Text("apiVersion")}");
            if (string.IsNullOrEmpty(obj.Text("kind"))) errors.Required(at + "kind", "must not be empty");
            else errors.All(at + "kind", obj.Text("kind")!, Names.Dns1035Label(obj.Text("kind")!.ToLowerInvariant()));
            foreach (var (key, label) in obj.Map("metadata").Map("labels") ?? [])
            {
                errors.All(at + "metadata.labels", key, Labels.Key(key));
                errors.All(at + "metadata.labels", label.Text() ?? "", Labels.Value(label.Text() ?? ""));
            }

            if (obj.Map("metadata").Text("name") is { Length: > 0 } name) errors.All(at + "metadata.name", name, Names.PathSegment(name));
        }

        foreach (var (child, node, name) in Children(value, schema)) Validate(child, node, path.Length == 0 ? name.TrimStart('.') : path + name, errors);
    }

    private static bool CoerceMetadata(JsonObject obj, string path, bool lenient)
    {
        var before = obj["metadata"];
        if (before is not JsonObject given)
        {
            if (!lenient && before is not null) throw new DecodeException($"{path}.metadata: Invalid value: must be an object");
            obj.Remove("metadata");
            return true;
        }

        try
        {
            var decoded = ObjectDecoder.Decode(given, Metadata).Object;
            if (JsonNode.DeepEquals(decoded, given)) return false;
            obj["metadata"] = decoded;
        }
        catch (DecodeException) when (lenient)
        {
            obj["metadata"] = new JsonObject();
        }

        return true;
    }

    private static IEnumerable<(JsonNode? Value, Schema Schema, string Name)> Children(JsonNode? value, Schema schema)
    {
        switch (value)
        {
            case JsonObject map:
                foreach (var (name, child) in map.ToList())
                {
                    if (schema.Properties.TryGetValue(name, out var property) || (property = schema.AdditionalProperties) is not null) yield return (child, property, "." + name);
                }

                break;
            case JsonArray list when schema.Items is { } items:
                for (var i = 0; i < list.Count; i++) yield return (list[i], items, $"[{i}]");
                break;
        }
    }
}
