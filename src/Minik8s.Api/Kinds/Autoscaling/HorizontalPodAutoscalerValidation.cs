using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;
using Minik8s.Api.Validation;

namespace Minik8s.Api.Kinds.Autoscaling;

/// <summary>Checks of an autoscaler's spec, in Kubernetes' words.</summary>
internal static class HorizontalPodAutoscalerValidation
{
    private const int MaxPeriodSeconds = 1800;
    private const int MaxStabilizationSeconds = 3600;
    private static readonly string[] SourceTypes = ["ContainerResource", "External", "Object", "Pods", "Resource"];

    public static void Validate(JsonObject spec, long lowestMinimum, ICollection<FieldError> errors)
    {
        var maximum = spec.Number("maxReplicas") ?? 0;
        if (spec.Number("minReplicas") is { } minimum)
        {
            if (minimum < lowestMinimum) errors.Invalid("spec.minReplicas", minimum, $"must be greater than or equal to {lowestMinimum}");
            if (maximum < 1) errors.Invalid("spec.maxReplicas", maximum, "must be greater than 0");
            if (maximum < minimum) errors.Invalid("spec.maxReplicas", maximum, "must be greater than or equal to `minReplicas`");
        }
        else if (maximum < 1)
        {
            errors.Invalid("spec.maxReplicas", maximum, "must be greater than 0");
        }

        Reference(spec.Map("scaleTargetRef"), "spec.scaleTargetRef", errors);
        var i = 0;
        foreach (var metric in spec.Items("metrics")) Metric(metric, $"spec.metrics[{i++}]", errors);
        if (spec.Number("minReplicas") == 0 && !spec.Items("metrics").Any(m => m.Text("type") is "Object" or "External"))
        {
            errors.Forbidden("spec.metrics", "must specify at least one Object or External metric to support scaling to zero replicas");
        }

        foreach (var direction in new[] { "scaleUp", "scaleDown" })
        {
            if (spec.Map("behavior").Map(direction) is { } rules) Rules(rules, $"spec.behavior.{direction}", errors);
        }
    }

    private static void Reference(JsonObject? reference, string path, ICollection<FieldError> errors)
    {
        foreach (var field in new[] { "kind", "name" }) Segment(reference.Text(field) ?? "", $"{path}.{field}", "", errors);
    }

    private static void Segment(string text, string path, string detail, ICollection<FieldError> errors)
    {
        if (text.Length == 0) errors.Required(path, detail);
        else errors.All(path, text, Names.PathSegment(text));
    }

    private static void Metric(JsonObject metric, string path, ICollection<FieldError> errors)
    {
        var type = metric.Text("type") ?? "";
        if (type.Length == 0) errors.Required($"{path}.type", "must specify a metric source type");
        if (!SourceTypes.Contains(type)) errors.NotSupported($"{path}.type", type, SourceTypes);
        var expected = type.Length == 0 ? "" : char.ToLowerInvariant(type[0]) + type[1..];
        List<string> present = [.. new[] { "object", "external", "pods", "resource", "containerResource" }.Where(s => metric[s] is JsonObject)];
        if (present.Count > 0) Source(present[0], metric.Map(present[0])!, $"{path}.{present[0]}", errors);
        if (SourceTypes.Contains(type) && !present.Contains(expected)) errors.Required($"{path}.{expected}", "must populate information for the given metric source");
        if (present.Count == 1) return;
        foreach (var other in present.Where(p => p != expected)) errors.Forbidden($"{path}.{other}", "must populate the given metric source only");
    }

    private static void Source(string name, JsonObject source, string path, ICollection<FieldError> errors)
    {
        var target = source.Map("target") ?? [];
        var (value, average, utilization) = (target["value"], target["averageValue"], target["averageUtilization"]);
        if (name == "object") Reference(source.Map("describedObject"), $"{path}.describedObject", errors);
        if (name is "object" or "external" or "pods") Segment(source.Map("metric").Text("name") ?? "", $"{path}.metric.name", "must specify a metric name", errors);
        if (name is "resource" or "containerResource" && string.IsNullOrEmpty(source.Text("name"))) errors.Required($"{path}.name", "must specify a resource name");
        if (name == "containerResource")
        {
            var container = source.Text("container") ?? "";
            if (container.Length == 0) errors.Required($"{path}.container", "must specify a container");
            else errors.All($"{path}.container", container, Names.DnsLabel(container));
        }

        Target(target, $"{path}.target", errors);
        switch (name)
        {
            case "object" when value is null && average is null:
                errors.Required($"{path}.target.averageValue", "must set either a target value or averageValue");
                break;
            case "external" when value is null && average is null:
                errors.Required($"{path}.target.averageValue", "must set either a target value for metric or a per-pod target");
                break;
            case "external" when value is not null && average is not null:
                errors.Forbidden($"{path}.target.value", "may not set both a target value for metric and a per-pod target");
                break;
            case "pods" when average is null:
                errors.Required($"{path}.target.averageValue", "must specify a positive target averageValue");
                break;
            case "resource" or "containerResource" when utilization is null && average is null:
                errors.Required($"{path}.target.averageUtilization", "must set either a target raw value or a target utilization");
                break;
            case "resource" or "containerResource" when utilization is not null && average is not null:
                errors.Forbidden($"{path}.target.averageValue", "may not set both a target raw value and a target utilization");
                break;
        }
    }

    private static void Target(JsonObject target, string path, ICollection<FieldError> errors)
    {
        var type = target.Text("type") ?? "";
        if (type.Length == 0) errors.Required($"{path}.type", "must specify a metric target type");
        if (type is not ("Utilization" or "Value" or "AverageValue")) errors.Invalid($"{path}.type", type, "must be either Utilization, Value, or AverageValue");
        foreach (var field in new[] { "value", "averageValue" })
        {
            if (target.Text(field) is { } text && Quantity.TryParse(text, out var quantity) && quantity.Value <= 0) errors.Invalid($"{path}.{field}", text, "must be positive");
        }

        if (target.Number("averageUtilization") is < 1 and var percent) errors.Invalid($"{path}.averageUtilization", percent, "must be greater than 0");
    }

    private static void Rules(JsonObject rules, string path, ICollection<FieldError> errors)
    {
        var window = rules.Number("stabilizationWindowSeconds");
        if (window < 0) errors.Invalid($"{path}.stabilizationWindowSeconds", window, "must be greater than or equal to zero");
        if (window > MaxStabilizationSeconds) errors.Invalid($"{path}.stabilizationWindowSeconds", window, $"must be less than or equal to {MaxStabilizationSeconds}");
        if (rules.Text("selectPolicy") is { } select && select is not ("Max" or "Min" or "Disabled")) errors.NotSupported($"{path}.selectPolicy", select, "Disabled", "Max", "Min");
        if (!rules.Items("policies").Any()) errors.Required($"{path}.policies", "must specify at least one Policy");
        var i = 0;
        foreach (var policy in rules.Items("policies"))
        {
            var at = $"{path}.policies[{i++}]";
            var type = policy.Text("type") ?? "";
            if (type is not ("Pods" or "Percent")) errors.NotSupported($"{at}.type", type, "Percent", "Pods");
            var (value, period) = (policy.Number("value") ?? 0, policy.Number("periodSeconds") ?? 0);
            if (value <= 0) errors.Invalid($"{at}.value", value, "must be greater than zero");
            if (period <= 0) errors.Invalid($"{at}.periodSeconds", period, "must be greater than zero");
            if (period > MaxPeriodSeconds) errors.Invalid($"{at}.periodSeconds", period, $"must be less than or equal to {MaxPeriodSeconds}");
        }

        if (rules.Text("tolerance") is { } tolerance && Quantity.TryParse(tolerance, out var share) && share.Value < 0) errors.Invalid($"{path}.tolerance", tolerance, "must be greater than or equal to zero");
    }
}
