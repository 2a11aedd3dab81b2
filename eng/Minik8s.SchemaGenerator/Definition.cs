using System.Text.Json.Nodes;

namespace Minik8s.SchemaGenerator;

/// <summary>One named type of the API.</summary>
internal sealed class Definition(string name, Type? model)
{
    /// <summary>The OpenAPI name, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    public string Name => name;

    /// <summary>Null for a type that is any JSON.</summary>
    public Type? Model => model;

    /// <summary>Server-side apply takes the object as one value.</summary>
    public bool Atomic { get; set; }

    public List<Field> Fields { get; } = [];

    public JsonObject Structure()
    {
        if (model is null) return new() { ["any"] = true };
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in Fields)
        {
            properties[field.JsonName] = field.Schema;
            if (field.Required) required.Add(field.JsonName);
        }

        var structure = new JsonObject { ["properties"] = properties };
        if (required.Count > 0) structure["required"] = required;
        if (Atomic) structure["atomic"] = true;
        return structure;
    }
}
