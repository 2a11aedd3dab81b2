using System.Text.Json.Nodes;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>
/// Metrics as autoscaling/v1 writes them into annotations (flat: <c>targetAverageValue</c>) and as v2 has them (<c>target.averageValue</c>): a table of fields
/// for each source of metrics.
/// </summary>
internal sealed class MetricForms
{
    private readonly Source[] _sources;

    private MetricForms(params Source[] sources) => _sources = sources;

    /// <summary>What is wanted: <c>spec.metrics</c>.</summary>
    public static MetricForms Specs { get; } = new(
        new("object", source => At(source, "target.averageValue") is null ? "Value" : "AverageValue",
            ("describedObject", "target", ""), ("metric.name", "metricName", ""), ("metric.selector", "selector", ""), ("target.value", "targetValue", "0"), ("target.averageValue", "averageValue", "")),
        new("pods", _ => "AverageValue", ("metric.name", "metricName", ""), ("metric.selector", "selector", ""), ("target.averageValue", "targetAverageValue", "0")),
        new("resource", ResourceType, ("name", "name", ""), ("target.averageUtilization", "targetAverageUtilization", ""), ("target.averageValue", "targetAverageValue", "")),
        new("containerResource", ResourceType,
            ("name", "name", ""), ("container", "container", ""), ("target.averageUtilization", "targetAverageUtilization", ""), ("target.averageValue", "targetAverageValue", "")),
        new("external", source => At(source, "target.value") is null ? "AverageValue" : "Value",
            ("metric.name", "metricName", ""), ("metric.selector", "metricSelector", ""), ("target.value", "targetValue", ""), ("target.averageValue", "targetAverageValue", "")));

    /// <summary>What has been measured: <c>status.currentMetrics</c>.</summary>
    public static MetricForms Statuses { get; } = new(
        new("object", null,
            ("describedObject", "target", ""), ("metric.name", "metricName", ""), ("metric.selector", "selector", ""), ("current.value", "currentValue", "0"), ("current.averageValue", "averageValue", "")),
        new("pods", null, ("metric.name", "metricName", ""), ("metric.selector", "selector", ""), ("current.averageValue", "currentAverageValue", "0")),
        new("resource", null, ("name", "name", ""), ("current.averageUtilization", "currentAverageUtilization", ""), ("current.averageValue", "currentAverageValue", "0")),
        new("containerResource", null,
            ("name", "name", ""), ("container", "container", ""), ("current.averageUtilization", "currentAverageUtilization", ""), ("current.averageValue", "currentAverageValue", "0")),
        new("external", null,
            ("metric.name", "metricName", ""), ("metric.selector", "metricSelector", ""), ("current.value", "currentValue", "0"), ("current.averageValue", "currentAverageValue", "")));

    /// <summary>v2 metrics in v1's form.</summary>
    public JsonArray ToFirst(IEnumerable<JsonNode?> metrics) => Convert(metrics, (from, source) =>
    {
        var to = new JsonObject();
        foreach (var (second, first, zero) in source.Fields)
        {
            if (At(from, second) is { } value) to[first] = value.DeepClone();
            else if (zero.Length > 0) to[first] = zero;
        }

        return to;
    });

    /// <summary>v1 metrics in v2's form.</summary>
    public JsonArray FromFirst(IEnumerable<JsonNode?> metrics) => Convert(metrics, (from, source) =>
    {
        var to = new JsonObject();
        foreach (var (second, first, _) in source.Fields)
        {
            if (from[first] is not { } value) continue;
            var path = second.Split('.');
            var owner = path.Length == 1 ? to : to.Ensure(path[0]);
            owner[path[^1]] = value.DeepClone();
        }

        if (source.TargetType is { } type) to.Ensure("target")["type"] = type(to);
        return to;
    });

    private JsonArray Convert(IEnumerable<JsonNode?> metrics, Func<JsonObject, Source, JsonObject> convert)
    {
        var result = new JsonArray();
        foreach (var metric in metrics.OfType<JsonObject>())
        {
            var converted = new JsonObject { ["type"] = metric["type"]?.DeepClone() };
            foreach (var source in _sources)
            {
                if (metric[source.Name] is JsonObject from) converted[source.Name] = convert(from, source);
            }

            result.Add((JsonNode)converted);
        }

        return result;
    }

    private static string ResourceType(JsonObject source) => At(source, "target.averageUtilization") is null ? "AverageValue" : "Utilization";

    private static JsonNode? At(JsonObject source, string path)
    {
        JsonNode? at = source;
        foreach (var part in path.Split('.')) at = (at as JsonObject)?[part];
        return at;
    }

    /// <summary>A source of metrics.</summary>
    /// <param name="Name">The field that holds it, in both versions.</param>
    /// <param name="TargetType">v2's <c>target.type</c>, which v1 leaves to be understood; null where there is none.</param>
    /// <param name="Fields">Paths in v2, fields in v1, and what v1 writes for an absent one.</param>
    private sealed record Source(string Name, Func<JsonObject, string>? TargetType, params (string Second, string First, string Zero)[] Fields);
}
