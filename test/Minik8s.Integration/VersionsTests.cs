using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Several versions of one stored resource.</summary>
public sealed class VersionsTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task An_autoscaler_written_in_one_version_is_read_in_the_other()
    {
        const string manifest = """
            apiVersion: autoscaling/v1
            kind: HorizontalPodAutoscaler
            metadata: {name: web}
            spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}, maxReplicas: 4, targetCPUUtilizationPercentage: 25}
            """;
        Assert.Equal("horizontalpodautoscaler.autoscaling/web created\n", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        Assert.Equal("horizontalpodautoscaler.autoscaling/web unchanged\n", (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded());
        Assert.Equal("25 1", (await _plane.Kubectl("get", "horizontalpodautoscalers.v2.autoscaling", "web", "-o", "jsonpath={.spec.metrics[0].resource.target.averageUtilization} {.spec.minReplicas}")).Succeeded());
        Assert.Matches(@"NAME +REFERENCE +TARGETS +MINPODS +MAXPODS +REPLICAS +AGE\nweb +Deployment/web +cpu: <unknown>/25% +1 +4 +0 ", (await _plane.Kubectl("get", "hpa", "web")).Succeeded());
        Assert.Matches("web +Deployment/web +cpu: <unknown>/25%", (await _plane.Kubectl("get", "horizontalpodautoscalers.v1.autoscaling", "web")).Succeeded());

        (await _plane.Kubectl("patch", "hpa", "web", "--type", "json", "-p",
            """[{"op":"add","path":"/spec/metrics/-","value":{"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}}}]""")).Succeeded();
        (await _plane.Kubectl("patch", "horizontalpodautoscalers.v1.autoscaling", "web", "--type", "merge", "-p", """{"spec":{"targetCPUUtilizationPercentage":30}}""")).Succeeded();
        Assert.Equal("memory 1Gi 30", (await _plane.Kubectl("get", "hpa", "web", "-o",
            "jsonpath={.spec.metrics[0].resource.name} {.spec.metrics[0].resource.target.averageValue} {.spec.metrics[1].resource.target.averageUtilization}")).Succeeded());
        Assert.Matches(@"VERSION: +v2\b", (await _plane.Kubectl("explain", "hpa.spec.metrics")).Succeeded());
        Assert.Contains("targetCPUUtilizationPercentage", (await _plane.Kubectl("explain", "hpa.spec", "--api-version", "autoscaling/v1")).Succeeded());
        (await _plane.Kubectl("delete", "hpa", "web")).Succeeded();
    }

    [Fact]
    public async Task A_bad_autoscaler_is_refused_in_either_version()
    {
        const string manifest = """
            apiVersion: autoscaling/v1
            kind: HorizontalPodAutoscaler
            metadata: {name: bad}
            spec: {scaleTargetRef: {kind: Deployment, name: web}, minReplicas: 5, maxReplicas: 4}
            """;
        var refused = await _plane.KubectlWithInput(manifest, "create", "-f", "-");
        Assert.Contains("The HorizontalPodAutoscaler \"bad\" is invalid: spec.maxReplicas: Invalid value: 4: must be greater than or equal to `minReplicas`", refused.Error);
    }

    [Fact]
    public async Task Events_are_the_same_objects_in_both_groups()
    {
        using var client = _plane.Client();
        var posted = await client.PostAsync("/apis/events.k8s.io/v1/namespaces/default/events", Json("""
            {"apiVersion":"events.k8s.io/v1","kind":"Event","metadata":{"name":"both"},"eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"example.com/c","reportingInstance":"i",
             "action":"Act","reason":"Why","type":"Normal","note":"what happened","regarding":{"kind":"Pod","namespace":"default","name":"p"}}
            """));
        Assert.Equal(201, (int)posted.StatusCode);
        var made = await posted.Content.ReadFromJsonAsync<JsonObject>();
        Assert.Equal("events.k8s.io/v1", (string)made!["apiVersion"]!);
        Assert.Equal("what happened", (string)made["note"]!);
        var core = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces/default/events/both"))!;
        Assert.Equal("v1 what happened p", $"{core["apiVersion"]} {core["message"]} {core["involvedObject"]!["name"]}");
        Assert.Equal((string)made["metadata"]!["resourceVersion"]!, (string)core["metadata"]!["resourceVersion"]!);
        var selected = JsonNode.Parse(await client.GetStringAsync("/apis/events.k8s.io/v1/events?fieldSelector=regarding.name%3Dp,reportingController%3Dexample.com/c"))!;
        Assert.Equal("what happened", (string)Assert.Single(selected["items"]!.AsArray())!["note"]!);
        Assert.Equal(400, (int)(await client.GetAsync("/apis/events.k8s.io/v1/events?fieldSelector=involvedObject.name%3Dp")).StatusCode);
        Assert.Matches(@"Normal +Why +pod/p +what happened", (await _plane.Kubectl("get", "events.events.k8s.io", "both")).Succeeded());
        Assert.Equal(200, (int)(await client.DeleteAsync("/api/v1/namespaces/default/events/both")).StatusCode);
    }

    [Fact]
    public async Task A_watch_sees_its_own_version_of_what_is_written_in_another()
    {
        using var client = _plane.Client();
        using var stream = new StreamReader(await client.GetStreamAsync("/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers?watch=true&fieldSelector=metadata.name%3Dwatched"));
        (await _plane.KubectlWithInput(
            """
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: {name: watched}
            spec: {scaleTargetRef: {kind: Deployment, name: web}, maxReplicas: 4}
            """,
            "create", "-f", "-")).Succeeded();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var e = JsonNode.Parse((await stream.ReadLineAsync(limit.Token))!)!;
        Assert.Equal("ADDED autoscaling/v1 80", $"{e["type"]} {e["object"]!["apiVersion"]} {e["object"]!["spec"]!["targetCPUUtilizationPercentage"]}");
        (await _plane.Kubectl("delete", "hpa", "watched")).Succeeded();
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
