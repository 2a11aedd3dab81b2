using System.Text.Json.Nodes;
using Minik8s.Api.Selectors;

namespace Minik8s.Api.Resources;

/// <summary>How the pod selector of a scalable object is written.</summary>
public enum ScaleSelectorForm
{
    /// <summary>As text: custom kinds (<c>labelSelectorPath</c>).</summary>
    Text,

    /// <summary>As a <c>LabelSelector</c> (meta/v1): the kinds of apps/v1.</summary>
    LabelSelector,

    /// <summary>As a map of labels: ReplicationController.</summary>
    Labels,
}

/// <summary>
/// Where an object keeps what its <c>scale</c> subresource (autoscaling/v1 Scale) shows: property names from the object's root.
/// </summary>
/// <param name="SpecReplicas">The wanted number.</param>
/// <param name="StatusReplicas">The observed number; absent counts as 0.</param>
/// <param name="Selector">The selector of the counted pods; null when the kind shows none.</param>
/// <param name="SelectorForm">How the selector is written.</param>
public sealed record ScaleMapping(
    IReadOnlyList<string> SpecReplicas, IReadOnlyList<string> StatusReplicas, IReadOnlyList<string>? Selector, ScaleSelectorForm SelectorForm = ScaleSelectorForm.Text)
{
    /// <summary>The places of the built-in kinds.</summary>
    public static ScaleMapping Workload { get; } = new(["spec", "replicas"], ["status", "replicas"], ["spec", "selector"], ScaleSelectorForm.LabelSelector);

    /// <summary>Whether the object says how many it wants; a custom object need not.</summary>
    public bool HasReplicas(JsonObject obj) => At(obj, SpecReplicas).Number() is not null;

    /// <summary>The object's Scale, with the metadata that identifies the object in this version.</summary>
    public JsonObject ToScale(JsonObject obj)
    {
        var metadata = new JsonObject();
        foreach (var field in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            if (obj.Map("metadata")?[field] is { } value) metadata[field] = value.DeepClone();
        }

        var spec = new JsonObject();
        if (At(obj, SpecReplicas).Number() is { } wanted and not 0) spec["replicas"] = wanted;
        var status = new JsonObject { ["replicas"] = At(obj, StatusReplicas).Number() ?? 0 };
        if (SelectorText(obj) is { Length: > 0 } selector) status["selector"] = selector;
        return new JsonObject { ["kind"] = "Scale", ["apiVersion"] = "autoscaling/v1", ["metadata"] = metadata, ["spec"] = spec, ["status"] = status };
    }

    /// <summary>Sets the wanted number of an object to that of a Scale, in place.</summary>
    public void SetReplicas(JsonObject obj, JsonObject scale)
    {
        var holder = obj;
        foreach (var name in SpecReplicas.SkipLast(1)) holder = holder.Ensure(name);
        holder[SpecReplicas[^1]] = scale.Map("spec").Number("replicas") ?? 0;
    }

    private string? SelectorText(JsonObject obj)
    {
        if (Selector is null) return null;
        var value = At(obj, Selector);
        return SelectorForm switch
        {
            ScaleSelectorForm.Text => value.Text(),
            ScaleSelectorForm.Labels => LabelSelector.OfLabels(value as JsonObject).ToString(),
            _ => LabelSelector.TryOf(value as JsonObject, out var selector) ? selector.ToString() : null,
        };
    }

    private static JsonNode? At(JsonObject obj, IReadOnlyList<string> path)
    {
        JsonNode? node = obj;
        foreach (var name in path) node = (node as JsonObject)?[name];
        return node;
    }
}
