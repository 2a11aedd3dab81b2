using System.Text.Json;
using System.Text.Json.Nodes;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>
/// HorizontalPodAutoscalers between v2 and v1. v1 knows one target, the CPU utilisation; everything else travels in annotations that only v1 shows.
/// </summary>
internal sealed class HorizontalPodAutoscalerConversion : VersionConversion
{
    private const string Prefix = "autoscaling.alpha.kubernetes.io/";
    private const string Metrics = Prefix + "metrics";
    private const string CurrentMetrics = Prefix + "current-metrics";
    private const string Conditions = Prefix + "conditions";
    private const string Behavior = Prefix + "behavior";
    private static readonly string[] Carried = [Metrics, CurrentMetrics, Conditions, Behavior];

    public override void ToStored(JsonObject obj)
    {
        var annotations = obj.Map("metadata").Map("annotations");
        if (obj.Map("spec") is { } spec)
        {
            SpecToStored(spec, annotations);
        }

        var status = obj.Map("status");
        if (status is not null) StatusToStored(status);
        if (Parsed<JsonArray>(annotations, CurrentMetrics) is { } current)
        {
            (status ??= obj.Ensure("status"))["currentMetrics"] = MetricForms.Statuses.FromFirst(current);
        }

        if (Parsed<JsonArray>(annotations, Conditions) is { } conditions) (status ?? obj.Ensure("status"))["conditions"] = conditions;
        Drop(obj);
    }

    public override void FromStored(JsonObject obj)
    {
        Drop(obj);
        var carried = new Dictionary<string, string>();
        if (obj.Map("spec") is { } spec)
        {
            if (spec["metrics"] is JsonArray metrics)
            {
                spec.Remove("metrics");
                if (metrics.FirstOrDefault(IsCpuUtilization) is { } cpu) spec["targetCPUUtilizationPercentage"] = cpu.Map("resource").Map("target")!["averageUtilization"]!.DeepClone();
                if (metrics.Where(m => !IsCpuUtilization(m)).ToList() is { Count: > 0 } others) carried[Metrics] = MetricForms.Specs.ToFirst(others).ToJsonString();
            }

            if (spec["behavior"] is JsonObject behavior)
            {
                spec.Remove("behavior");
                carried[Behavior] = BehaviorForm.ToAnnotation(behavior);
            }
        }

        if (obj.Map("status") is { } status) StatusFromStored(status, carried);
        if (carried.Count == 0) return;
        var annotations = obj.Ensure("metadata").Ensure("annotations");
        foreach (var (name, text) in carried) annotations[name] = text;
    }

    private static void SpecToStored(JsonObject spec, JsonObject? annotations)
    {
        var metrics = Parsed<JsonArray>(annotations, Metrics) is { } others ? MetricForms.Specs.FromFirst(others) : [];
        if (spec["targetCPUUtilizationPercentage"] is { } percentage)
        {
            spec.Remove("targetCPUUtilizationPercentage");
            metrics.Add((JsonNode)CpuUtilization(percentage));
        }

        // The default that v1 has always had, applied here because only here all metrics are known.
        if (metrics.Count == 0) metrics.Add((JsonNode)CpuUtilization(HorizontalPodAutoscalerStrategy.DefaultUtilization));
        spec["metrics"] = metrics;
        if (Parsed<JsonObject>(annotations, Behavior) is { } behavior && BehaviorForm.FromAnnotation(behavior) is { Count: > 0 } read) spec["behavior"] = read;
    }

    private static void StatusToStored(JsonObject status)
    {
        if (status["currentCPUUtilizationPercentage"] is not { } percentage) return;
        status.Remove("currentCPUUtilizationPercentage");
        status["currentMetrics"] = new JsonArray(new JsonObject
        {
            ["type"] = "Resource",
            ["resource"] = new JsonObject { ["name"] = "cpu", ["current"] = new JsonObject { ["averageUtilization"] = percentage } },
        });
    }

    private static void StatusFromStored(JsonObject status, Dictionary<string, string> carried)
    {
        if (status["currentMetrics"] is JsonArray current)
        {
            status.Remove("currentMetrics");
            foreach (var metric in current.Where(m => m.Text("type") == "Resource" && m.Map("resource").Text("name") == "cpu"))
            {
                if (metric.Map("resource").Map("current")?["averageUtilization"] is { } percentage) status["currentCPUUtilizationPercentage"] = percentage.DeepClone();
            }

            // The whole of it travels along even so: the raw value would be lost otherwise.
            if (current.Count > 0) carried[CurrentMetrics] = MetricForms.Statuses.ToFirst(current).ToJsonString();
        }

        if (status["conditions"] is not JsonArray conditions) return;
        status.Remove("conditions");
        if (conditions.Count > 0) carried[Conditions] = conditions.ToJsonString();
    }

    private static JsonObject CpuUtilization(JsonNode percentage) => new()
    {
        ["type"] = "Resource",
        ["resource"] = new JsonObject { ["name"] = "cpu", ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = percentage } },
    };

    private static bool IsCpuUtilization(JsonNode? metric) =>
        metric.Text("type") == "Resource" && metric.Map("resource") is { } resource && resource.Text("name") == "cpu" && resource.Map("target")?["averageUtilization"] is not null;

    private static void Drop(JsonObject obj)
    {
        if (obj.Map("metadata").Map("annotations") is not { } annotations) return;
        foreach (var name in Carried) annotations.Remove(name);
        if (annotations.Count == 0) obj.Map("metadata")!.Remove("annotations");
    }

    /// <summary>An annotation's JSON; null when it is absent or is no such JSON, which Kubernetes passes over too.</summary>
    private static T? Parsed<T>(JsonObject? annotations, string name)
        where T : JsonNode
    {
        if (annotations.Text(name) is not { } text) return null;
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as T;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
