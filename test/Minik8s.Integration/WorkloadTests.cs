using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Workloads through the stock kubectl, against a control plane without controllers: what the API itself does with them.</summary>
public sealed class WorkloadTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_deployment_is_created_scaled_paused_and_gets_another_image()
    {
        Assert.Equal("deployment.apps/made created\n", await Kubectl("create", "deployment", "made", "--image=nginx:1", "--replicas=2"));
        Assert.Equal("1 RollingUpdate 25%", await Path("deploy", "made", "{.metadata.generation} {.spec.strategy.type} {.spec.strategy.rollingUpdate.maxSurge}"));
        Assert.Equal("deployment.apps/made scaled\n", await Kubectl("scale", "deploy", "made", "--replicas=5"));
        Assert.Equal("5 2", await Path("deploy", "made", "{.spec.replicas} {.metadata.generation}"));
        Assert.Equal("deployment.apps/made image updated\n", await Kubectl("set", "image", "deploy/made", "nginx=nginx:2"));
        Assert.Equal("deployment.apps/made paused\n", await Kubectl("rollout", "pause", "deploy/made"));
        Assert.Equal("deployment.apps/made resumed\n", await Kubectl("rollout", "resume", "deploy/made"));
        Assert.Equal("deployment.apps/made restarted\n", await Kubectl("rollout", "restart", "deploy/made"));
        Assert.Equal("nginx:2", await Path("deploy", "made", "{.spec.template.spec.containers[0].image}"));
        Assert.Matches(@"^NAME +READY +UP-TO-DATE +AVAILABLE +AGE\nmade +0/5 +0 +0 +\d+s\n$", await Kubectl("get", "deploy", "made"));
        Assert.Matches("Replicas: +5 desired", await Kubectl("describe", "deploy", "made"));
        await Kubectl("delete", "deploy", "made");
    }

    [Fact]
    public async Task Annotations_of_a_deployment_count_as_a_new_generation_and_those_of_its_status_do_not()
    {
        await Kubectl("create", "deployment", "counted", "--image=nginx:1");
        await Kubectl("annotate", "deploy", "counted", "a=b");
        Assert.Equal("2", await Path("deploy", "counted", "{.metadata.generation}"));
        await Kubectl("patch", "deploy", "counted", "--subresource=status", "--type=merge", "-p", """{"metadata":{"annotations":{"c":"d"},"labels":{"no":"no"}},"status":{"replicas":1}}""");
        Assert.Equal("2 1 d ", await Path("deploy", "counted", "{.metadata.generation} {.status.replicas} {.metadata.annotations.c} {.metadata.labels.no}"));
        await Kubectl("delete", "deploy", "counted");
    }

    [Theory]
    [InlineData("ReplicaSet", "rs", "NAME +DESIRED +CURRENT +READY +AGE\nset +1 +0 +0 ")]
    [InlineData("StatefulSet", "sts", "NAME +READY +AGE\nset +0/1 ")]
    public async Task Replicated_kinds_are_scaled(string kind, string shortName, string table)
    {
        await Apply(Workload("apps/v1", kind, "set"));
        Assert.Matches(table, await Kubectl("get", shortName, "set"));
        await Kubectl("scale", shortName, "set", "--replicas=3");
        Assert.Equal("3", await Path(shortName, "set", "{.spec.replicas}"));
        var refused = await _plane.Kubectl("scale", shortName, "set", "--replicas=4", "--current-replicas=2");
        Assert.Contains("Expected replicas to be 2, was 3", refused.Error);
        Assert.Contains("set", await Kubectl("describe", shortName, "set"));
        await Kubectl("delete", shortName, "set");
    }

    [Fact]
    public async Task A_scale_shows_and_sets_the_replicas_under_the_objects_version()
    {
        await Apply(Workload("apps/v1", "ReplicaSet", "scaled"));
        using var client = _plane.Client();
        const string url = "/apis/apps/v1/namespaces/default/replicasets/scaled/scale";
        var scale = (await client.GetFromJsonAsync<JsonObject>(url, TestContext.Current.CancellationToken))!;
        Assert.Equal("autoscaling/v1 Scale", $"{scale.Text("apiVersion")} {scale.Text("kind")}");
        Assert.Equal("app=scaled", scale.Map("status").Text("selector"));
        Assert.Equal(await Path("rs", "scaled", "{.metadata.resourceVersion} {.metadata.uid}"), $"{scale.Map("metadata").Text("resourceVersion")} {scale.Map("metadata").Text("uid")}");

        scale["spec"] = new JsonObject { ["replicas"] = 4 };
        Assert.Equal(HttpStatusCode.OK, (await Put(client, url, scale)).StatusCode);
        Assert.Equal("4 2", await Path("rs", "scaled", "{.spec.replicas} {.metadata.generation}"));
        Assert.Equal(HttpStatusCode.Conflict, (await Put(client, url, scale)).StatusCode);

        scale.Map("metadata")!.Remove("resourceVersion");
        scale["spec"] = new JsonObject { ["replicas"] = -1 };
        var refused = await Put(client, url, scale);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Contains("Scale.autoscaling \\\"scaled\\\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0", await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Matches(@"NAME +DESIRED +AVAILABLE +AGE\nscaled +4 +0 ", await Kubectl("get", "rs", "scaled", "--subresource=scale"));
        await Kubectl("delete", "rs", "scaled");
    }

    [Fact]
    public async Task Workloads_are_listed_together_and_explained()
    {
        await Kubectl("create", "deployment", "listed", "--image=nginx:1");
        Assert.Contains("deployment.apps/listed", await Kubectl("get", "all"));
        await Kubectl("delete", "deploy", "listed");
        var resources = await Kubectl("api-resources");
        Assert.Matches("deployments +deploy +apps/v1 +true +Deployment", resources);
        Assert.Matches("controllerrevisions +apps/v1 +true +ControllerRevision", resources);
        foreach (var kind in new[] { "deploy.spec.strategy", "rs.spec", "sts.spec.updateStrategy", "ds.spec", "controllerrevisions" }) Assert.Contains("VERSION:", await Kubectl("explain", kind));
    }

    [Fact]
    public async Task A_daemon_set_counts_the_changes_of_its_template()
    {
        await Apply(Workload("apps/v1", "DaemonSet", "agent"));
        await Kubectl("set", "image", "ds/agent", "main=agent:2");
        Assert.Equal("2 2", await Path("ds", "agent", @"{.metadata.generation} {.metadata.annotations.deprecated\.daemonset\.template\.generation}"));
        Assert.Matches("NAME +DESIRED +CURRENT +READY +UP-TO-DATE +AVAILABLE +NODE SELECTOR +AGE\nagent +0 +0 +0 +0 +0 +<none> ", await Kubectl("get", "ds"));
        Assert.Contains("Pods Status:", await Kubectl("describe", "ds", "agent"));
        await Kubectl("delete", "ds", "agent");
    }

    private static string Workload(string version, string kind, string name) =>
        """
        apiVersion: VERSION
        kind: KIND
        metadata: {name: NAME}
        spec:
          selector: {matchLabels: {app: NAME}}
          template:
            metadata: {labels: {app: NAME}}
            spec: {containers: [{name: main, image: "main:1"}]}
        """.Replace("VERSION", version).Replace("KIND", kind).Replace("NAME", name);

    private static Task<HttpResponseMessage> Put(HttpClient client, string url, JsonObject body) =>
        client.PutAsync(url, new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);

    private async Task Apply(string manifest) => (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded();

    private async Task<string> Kubectl(params string[] arguments) => (await _plane.Kubectl(arguments)).Succeeded();

    private async Task<string> Path(string kind, string name, string path) => await Kubectl("get", kind, name, "-o", $"jsonpath={path}");
}
