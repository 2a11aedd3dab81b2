using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds.Autoscaling;

namespace Minik8s.Api.Tests.Kinds;

public sealed class HorizontalPodAutoscalerTests
{
    private const string Full = """
        {"metadata":{"name":"a","annotations":{"kept":"yes"}},
         "spec":{"scaleTargetRef":{"kind":"Deployment","name":"web","apiVersion":"apps/v1"},"minReplicas":2,"maxReplicas":9,
          "metrics":[
           {"type":"Pods","pods":{"metric":{"name":"hits","selector":{"matchLabels":{"a":"b"}}},"target":{"type":"AverageValue","averageValue":"1k"}}},
           {"type":"Object","object":{"describedObject":{"kind":"Ingress","name":"main"},"metric":{"name":"hits"},"target":{"type":"Value","value":"10"}}},
           {"type":"External","external":{"metric":{"name":"queue","selector":{"matchLabels":{"q":"1"}}},"target":{"type":"AverageValue","averageValue":"30"}}},
           {"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}},
           {"type":"ContainerResource","containerResource":{"name":"cpu","container":"app","target":{"type":"Utilization","averageUtilization":60}}},
           {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}],
          "behavior":{"scaleUp":{"stabilizationWindowSeconds":0,"selectPolicy":"Max","policies":[{"type":"Pods","value":4,"periodSeconds":15}]},
                      "scaleDown":{"selectPolicy":"Min","policies":[{"type":"Percent","value":10,"periodSeconds":60}],"tolerance":"50m"}}},
         "status":{"currentReplicas":3,"desiredReplicas":4,
          "currentMetrics":[
           {"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":42,"averageValue":"420m"}}},
           {"type":"Pods","pods":{"metric":{"name":"hits"},"current":{"averageValue":"7"}}}],
          "conditions":[{"type":"AbleToScale","status":"True","reason":"ReadyForNewScale","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}
        """;

    private readonly HorizontalPodAutoscalerConversion _conversion = new();

    [Fact]
    public void What_v1_has_no_field_for_travels_in_annotations_and_comes_back()
    {
        var obj = Parse(Full);
        _conversion.FromStored(obj);
        Assert.Equal(50, obj["spec"].Number("targetCPUUtilizationPercentage"));
        Assert.Equal(42, obj["status"].Number("currentCPUUtilizationPercentage"));
        Assert.Null(obj["spec"]!["metrics"]);
        Assert.Null(obj["status"]!["conditions"]);
        var annotations = obj["metadata"]!["annotations"]!.AsObject();
        Assert.Equal(["kept", "autoscaling.alpha.kubernetes.io/metrics", "autoscaling.alpha.kubernetes.io/behavior", "autoscaling.alpha.kubernetes.io/current-metrics", "autoscaling.alpha.kubernetes.io/conditions"], annotations.Select(a => a.Key));
        _conversion.ToStored(obj);
        Assert.True(JsonNode.DeepEquals(Parse(Full), obj), obj.ToJsonString());
    }

    [Fact]
    public void The_annotations_have_the_form_that_kubernetes_gives_them()
    {
        var obj = Parse(Full);
        _conversion.FromStored(obj);
        var annotations = obj["metadata"]!["annotations"]!;
        var metrics = JsonNode.Parse(annotations.Text("autoscaling.alpha.kubernetes.io/metrics")!)!.AsArray();
        Assert.Equal("""{"type":"Pods","pods":{"metricName":"hits","selector":{"matchLabels":{"a":"b"}},"targetAverageValue":"1k"}}""", metrics[0]!.ToJsonString());
        Assert.Equal("""{"type":"External","external":{"metricName":"queue","metricSelector":{"matchLabels":{"q":"1"}},"targetAverageValue":"30"}}""", metrics[2]!.ToJsonString());
        Assert.Equal("""{"type":"ContainerResource","containerResource":{"name":"cpu","container":"app","targetAverageUtilization":60}}""", metrics[4]!.ToJsonString());
        Assert.Equal(5, metrics.Count);
        Assert.StartsWith(
            """{"ScaleUp":{"StabilizationWindowSeconds":0,"SelectPolicy":"Max","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":{"StabilizationWindowSeconds":null,""",
            annotations.Text("autoscaling.alpha.kubernetes.io/behavior"));
        Assert.Equal("""{"type":"Resource","resource":{"name":"cpu","currentAverageUtilization":42,"currentAverageValue":"420m"}}""", JsonNode.Parse(annotations.Text("autoscaling.alpha.kubernetes.io/current-metrics")!)![0]!.ToJsonString());
    }

    [Fact]
    public void An_autoscaler_of_v1_without_a_target_aims_at_80_percent()
    {
        var obj = Parse("""{"metadata":{"name":"a"},"spec":{"maxReplicas":3}}""");
        _conversion.ToStored(obj);
        Assert.Equal("""[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]""", obj["spec"]!["metrics"]!.ToJsonString());
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("""[{"type":"Pods","pods":{"a":1,"a":2}}]""")]
    public void An_annotation_that_cannot_be_read_is_passed_over(string text)
    {
        var obj = Parse("""{"metadata":{"name":"a"},"spec":{"maxReplicas":3,"targetCPUUtilizationPercentage":70}}""");
        obj["metadata"]!["annotations"] = new JsonObject { ["autoscaling.alpha.kubernetes.io/metrics"] = text };
        _conversion.ToStored(obj);
        Assert.Single(obj["spec"]!["metrics"]!.AsArray());
        Assert.Null(obj["metadata"]!["annotations"]);
    }

    [Theory]
    [InlineData("""{"minReplicas":0,"maxReplicas":1}""", "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1|spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas")]
    [InlineData("""{"maxReplicas":0}""", "spec.maxReplicas: Invalid value: 0: must be greater than 0")]
    [InlineData("""{"minReplicas":3,"maxReplicas":2}""", "spec.maxReplicas: Invalid value: 2: must be greater than or equal to `minReplicas`")]
    [InlineData("""{"maxReplicas":1,"scaleTargetRef":{"kind":"a/b","name":""}}""", "spec.scaleTargetRef.kind: Invalid value: \"a/b\": may not contain '/'|spec.scaleTargetRef.name: Required value")]
    [InlineData("""{"maxReplicas":1,"metrics":[{"type":"Other"}]}""", "spec.metrics[0].type: Unsupported value: \"Other\": supported values: \"ContainerResource\", \"External\", \"Object\", \"Pods\", \"Resource\"")]
    [InlineData("""{"maxReplicas":1,"metrics":[{"type":"Pods","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":0}}}]}""",
        "spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0|spec.metrics[0].pods: Required value: must populate information for the given metric source")]
    [InlineData("""{"maxReplicas":1,"metrics":[{"type":"Pods","pods":{"metric":{"name":"x"},"target":{"type":"AverageValue","averageValue":"-1"}}}]}""", "spec.metrics[0].pods.target.averageValue: Invalid value: \"-1\": must be positive")]
    [InlineData("""{"maxReplicas":1,"behavior":{"scaleDown":{"stabilizationWindowSeconds":4000,"selectPolicy":"Some","policies":[{"type":"Pods","value":0,"periodSeconds":2000}]}}}""",
        "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 4000: must be less than or equal to 3600|spec.behavior.scaleDown.selectPolicy: Unsupported value: \"Some\": supported values: \"Disabled\", \"Max\", \"Min\"|spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero|spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 2000: must be less than or equal to 1800")]
    public void A_bad_spec_is_refused_in_kubernetes_words(string spec, string expected)
    {
        var obj = new JsonObject { ["spec"] = Parse(spec) };
        obj["spec"]!.AsObject().Default("scaleTargetRef", new JsonObject { ["kind"] = "Deployment", ["name"] = "web" });
        var errors = new List<FieldError>();
        new HorizontalPodAutoscalerStrategy().ValidateCreate(obj, errors);
        Assert.Equal(expected.Split('|'), errors.Select(e => e.ToString()));
    }

    [Fact]
    public void Behavior_gets_its_missing_rules()
    {
        var obj = Parse("""{"spec":{"maxReplicas":3,"behavior":{"scaleDown":{"selectPolicy":"Disabled"}}}}""");
        new HorizontalPodAutoscalerStrategy().ApplyDefaults(obj);
        Assert.Equal("""{"scaleDown":{"selectPolicy":"Disabled","policies":[{"type":"Percent","value":100,"periodSeconds":15}]},"scaleUp":{"stabilizationWindowSeconds":0,"selectPolicy":"Max","policies":[{"type":"Pods","value":4,"periodSeconds":15},{"type":"Percent","value":100,"periodSeconds":15}]}}""",
            obj["spec"]!["behavior"]!.ToJsonString());
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
