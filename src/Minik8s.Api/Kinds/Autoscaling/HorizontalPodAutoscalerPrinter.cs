using System.Text.Json;
using Minik8s.Api.Printing;
using Minik8s.Api.Resources;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>The row that <c>kubectl get hpa</c> shows.</summary>
internal static class HorizontalPodAutoscalerPrinter
{
    private const int ShownMetrics = 2;

    public static ITablePrinter Table { get; } = new TablePrinter(
        TablePrinter.Name,
        TablePrinter.Text("Reference", "What is scaled.", h => $"{h.Get("spec").Get("scaleTargetRef").Text("kind")}/{h.Get("spec").Get("scaleTargetRef").Text("name")}"),
        TablePrinter.Text("Targets", "What is measured, and what is aimed at.", Metrics),
        TablePrinter.Text("MinPods", "The lowest number of pods.", h => h.Get("spec").Text("minReplicas") ?? "<unset>"),
        TablePrinter.Text("MaxPods", "The highest number of pods.", h => h.Get("spec").Text("maxReplicas") ?? "0"),
        TablePrinter.Text("Replicas", "The number of pods now.", h => h.Get("status").Text("currentReplicas") ?? "0"),
        TablePrinter.Age);

    private static string Metrics(JsonElement autoscaler)
    {
        var wanted = autoscaler.Get("spec").Items("metrics").ToList();
        var measured = autoscaler.Get("status").Items("currentMetrics").ToList();
        if (wanted.Count == 0) return "<none>";
        var shown = string.Join(", ", wanted.Take(ShownMetrics).Select((m, i) => Metric(m, i < measured.Count ? measured[i] : null)));
        return wanted.Count > ShownMetrics ? $"{shown} + {wanted.Count - ShownMetrics} more..." : shown;
    }

    private static string Metric(JsonElement wanted, JsonElement? measured)
    {
        var type = wanted.Text("type") ?? "";
        var source = type switch { "External" => "external", "Pods" => "pods", "Object" => "object", "Resource" => "resource", "ContainerResource" => "containerResource", _ => null };
        if (source is null) return "<unknown type>";
        var target = wanted.Get(source).Get("target");
        var current = measured.Get(source).Get("current");
        var average = target.Get("averageValue") is not null;
        switch (source)
        {
            case "external" or "object":
                return average ? $"{Value(current, "averageValue")}/{target.Text("averageValue")} (avg)" : $"{Value(current, "value")}/{target.Text("value")}";
            case "pods":
                return $"{Value(current, "averageValue")}/{target.Text("averageValue")}";
            default:
                var name = wanted.Get(source).Text("name");
                if (average) return $"{name}: {Value(current, "averageValue")}/{target.Text("averageValue")}";
                var used = current.Text("averageUtilization") is { } percent ? percent + "%" : "<unknown>";
                return $"{name}: {used}/{(target.Text("averageUtilization") is { } aim ? aim + "%" : "<auto>")}";
        }
    }

    private static string Value(JsonElement? current, string field) => current.Text(field) ?? "<unknown>";
}
