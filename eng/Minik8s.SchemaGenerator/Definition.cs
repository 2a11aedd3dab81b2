using System.Text.Json.Nodes;

namespace Minik8s.SchemaGenerator;

/// <summary>One named object type of the API.</summary>
internal sealed class Definition(string name, Type model)
{
    /// <summary>The OpenAPI name, such as <c>io.k8s.api.core.v1.PodSpec</c>.</summary>
    public string Name => name;

    public Type Model => model;

    public List<Field> Fields { get; } = [];

    public JsonObject Structure()
    {
        var properties = new JsonObject();
        var required = new JsonArray();
        foreach (var field in Fields)
        {
            properties[field.JsonName] = field.Schema;
            if (field.Required) required.Add(field.JsonName);
        }

        var structure = new JsonObject { ["properties"] = properties };
        if (required.Count > 0) structure["required"] = required;
        if (model.Name is "V1LabelSelector" or "V1LocalObjectReference" or "V1ObjectReference" or "V1SecretReference" or "V1TypedLocalObjectReference"
            or "V1NodeSelector" or "V1NodeSelectorTerm" or "V1ConfigMapKeySelector" or "V1SecretKeySelector" or "V1ObjectFieldSelector" or "V1ResourceFieldSelector")
        {
            structure["atomic"] = true;
        }

        return structure;
    }
}

/// <summary>One field of a definition.</summary>
internal sealed record Field(string JsonName, string PropertyName, JsonObject Schema, bool Required);
