using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Api.Resources;
using Minik8s.Api.Selectors;

namespace Minik8s.Testing.Api;

/// <summary>Which objects a list or watch is about.</summary>
internal sealed class FakeSelection(ResourceDefinition definition, string ns, string? labels, string? fields)
{
    private readonly LabelSelector _labels = LabelSelector.Parse(labels);
    private readonly FieldSelector _fields = FieldSelector.Parse(fields);

    public bool Matches(JsonObject obj) =>
        obj.Text("kind") == definition.Kind.Kind && obj.Text("apiVersion") == definition.Kind.ApiVersion
        && (ns.Length == 0 || obj.Map("metadata").Text("namespace") == ns)
        && _labels.Matches(obj.Map("metadata").Map("labels")?.ToDictionary(l => l.Key, l => l.Value.Text() ?? "") ?? []) && _fields.Matches(field => Field(obj, field));

    private string Field(JsonObject obj, string field)
    {
        var known = definition.SelectableFields.FirstOrDefault(f => f.Name == field);
        JsonNode? node = obj;
        foreach (var part in known?.Path ?? field.Split('.')) node = (node as JsonObject)?[part];
        return node is null ? known?.Default ?? "" : node.Text() ?? node.ToJsonString();
    }
}
