using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Jobs, budgets, evictions and the workloads of the core group through the stock kubectl, without controllers.</summary>
public sealed class BatchAndPolicyTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_job_gets_its_selector_and_labels()
    {
        Assert.Equal("job.batch/sum created\n", await Kubectl("create", "job", "sum", "--image=busybox:1", "--", "true"));
        Assert.Equal("sum", await Path("job", "sum", @"{.spec.template.metadata.labels.batch\.kubernetes\.io/job-name}"));
        Assert.Equal(await Path("job", "sum", "{.metadata.uid}"), await Path("job", "sum", @"{.spec.selector.matchLabels.batch\.kubernetes\.io/controller-uid}"));
        Assert.Matches(@"NAME +STATUS +COMPLETIONS +DURATION +AGE\nsum +Running +0/1 +\d+s\n", await Kubectl("get", "job", "sum"));
        Assert.Contains("Completions:", await Kubectl("describe", "job", "sum"));
        Assert.Equal("job.batch/sum\n", await Kubectl("get", "jobs", "--field-selector", "status.successful=0", "-o", "name"));
        await Kubectl("delete", "job", "sum", "--cascade=background");
    }

    [Fact]
    public async Task A_cron_job_makes_jobs_by_hand()
    {
        Assert.Equal("cronjob.batch/nightly created\n", await Kubectl("create", "cronjob", "nightly", "--image=busybox:1", "--schedule=0 3 * * *", "--", "true"));
        Assert.Matches(@"NAME +SCHEDULE +TIMEZONE +SUSPEND +ACTIVE +LAST SCHEDULE +AGE\nnightly +0 3 \* \* \* +<none> +False +0 +<none> ", await Kubectl("get", "cj"));
        Assert.Equal("job.batch/by-hand created\n", await Kubectl("create", "job", "by-hand", "--from=cronjob/nightly"));
        Assert.Equal("nightly", await Path("job", "by-hand", "{.metadata.ownerReferences[0].name}"));
        Assert.Contains("Concurrency Policy:", await Kubectl("describe", "cronjob", "nightly"));
        await Kubectl("delete", "job,cronjob", "by-hand", "nightly", "--ignore-not-found", "--cascade=background");
    }

    [Fact]
    public async Task Kinds_of_the_core_group_and_budgets_are_listed_and_explained()
    {
        await Apply("""
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: old}
            spec: {template: {metadata: {labels: {app: old}}, spec: {containers: [{name: a, image: "a:1"}]}}}
            """);
        await Kubectl("scale", "rc", "old", "--replicas=2");
        Assert.Matches(@"NAME +DESIRED +CURRENT +READY +AGE\nold +2 +0 +0 ", await Kubectl("get", "rc", "old"));
        Assert.Equal("app=old", JsonNode.Parse(await Kubectl("get", "--raw", "/api/v1/namespaces/default/replicationcontrollers/old/scale")).Map("status").Text("selector"));
        Assert.Contains("old", await Kubectl("describe", "rc", "old"));
        Assert.Contains("replicationcontroller/old", await Kubectl("get", "all"));
        await Kubectl("delete", "rc", "old", "--cascade=background");
        await Apply("apiVersion: v1\nkind: PodTemplate\nmetadata: {name: kept}\ntemplate: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: \"a:1\"}]}}");
        Assert.Matches(@"NAME +CONTAINERS +IMAGES +POD LABELS\nkept +a +a:1 +a=b", await Kubectl("get", "podtemplates"));
        Assert.Equal("poddisruptionbudget.policy/few created\n", await Kubectl("create", "pdb", "few", "--selector=app=few", "--min-available=1"));
        Assert.Matches(@"NAME +MIN AVAILABLE +MAX UNAVAILABLE +ALLOWED DISRUPTIONS +AGE\nfew +1 +N/A +0 ", await Kubectl("get", "pdb", "few"));
        await Kubectl("delete", "pdb", "few");
        foreach (var kind in new[] { "job.spec", "cronjob.spec.jobTemplate", "pdb.spec", "rc.spec", "podtemplate.template" }) Assert.Contains("VERSION:", await Kubectl("explain", kind));
    }

    [Fact]
    public async Task An_eviction_takes_a_pod_when_its_budget_allows()
    {
        await Apply(Pod("guarded", "guarded"));
        await Ready("guarded");
        await Kubectl("create", "pdb", "guard", "--selector=app=guarded", "--min-available=1");
        var (code, refused) = await Evict("guarded");
        Assert.Equal(HttpStatusCode.TooManyRequests, code);
        Assert.Equal("Cannot evict pod as it would violate the pod's disruption budget.", refused.Text("message"));
        Assert.Equal("The disruption budget guard is still being processed by the server.", refused.Map("details").Items("causes").Single().Text("message"));

        await Kubectl("patch", "pdb", "guard", "--subresource=status", "--type=merge", "-p", """{"status":{"observedGeneration":1,"disruptionsAllowed":0,"desiredHealthy":1,"currentHealthy":1}}""");
        (code, refused) = await Evict("guarded");
        Assert.Equal(HttpStatusCode.TooManyRequests, code);
        var cause = refused.Map("details").Items("causes").Single();
        Assert.Equal("DisruptionBudget: The disruption budget guard needs 1 healthy pods and has 1 currently", $"{cause.Text("reason")}: {cause.Text("message")}");

        await Kubectl("patch", "pdb", "guard", "--subresource=status", "--type=merge", "-p", """{"status":{"disruptionsAllowed":1}}""");
        Assert.Equal(HttpStatusCode.Created, (await Evict("guarded", """{"dryRun":["All"]}""")).Code);
        Assert.Equal("1", await Path("pdb", "guard", "{.status.disruptionsAllowed}"));
        Assert.Equal(HttpStatusCode.Conflict, (await Evict("guarded", """{"preconditions":{"uid":"other"}}""")).Code);
        await Kubectl("patch", "pdb", "guard", "--subresource=status", "--type=merge", "-p", """{"status":{"disruptionsAllowed":1}}""");
        Assert.Equal(HttpStatusCode.Created, (await Evict("guarded")).Code);
        Assert.Equal("0 False InsufficientPods", await Path("pdb", "guard", "{.status.disruptionsAllowed} {.status.conditions[0].status} {.status.conditions[0].reason}"));
        Assert.NotEqual("", await Path("pdb", "guard", "{.status.disruptedPods.guarded}"));
        Assert.Equal(1, (await _plane.Kubectl("get", "pod", "guarded")).ExitCode);
        await Kubectl("delete", "pdb", "guard");
    }

    [Fact]
    public async Task An_eviction_of_a_pod_that_waits_or_has_no_budget_is_a_deletion()
    {
        await Apply(Pod("waiting", "free"));
        Assert.Equal(HttpStatusCode.Created, (await Evict("waiting")).Code);
        Assert.Equal(HttpStatusCode.NotFound, (await Evict("waiting")).Code);
        await Apply(Pod("running", "free"));
        await Ready("running");
        Assert.Equal(HttpStatusCode.Created, (await Evict("running")).Code);
        Assert.Equal(1, (await _plane.Kubectl("get", "pod", "running")).ExitCode);
    }

    private static string Pod(string name, string app) =>
        $"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {app}}}}}\nspec: {{containers: [{{name: a, image: \"a:1\"}}]}}";

    private async Task<(HttpStatusCode Code, JsonObject Body)> Evict(string pod, string deleteOptions = "{}")
    {
        using var client = _plane.Client();
        var body = $$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{pod}}"},"deleteOptions":{{deleteOptions}}}""";
        var answer = await client.PostAsync(
            $"/api/v1/namespaces/default/pods/{pod}/eviction", new StringContent(body, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!.AsObject());
    }

    private Task<string> Ready(string pod) =>
        Kubectl("patch", "pod", pod, "--subresource=status", "--type=merge", "-p", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""");

    private async Task Apply(string manifest) => (await _plane.KubectlWithInput(manifest, "apply", "-f", "-")).Succeeded();

    private async Task<string> Kubectl(params string[] arguments) => (await _plane.Kubectl(arguments)).Succeeded();

    private async Task<string> Path(string kind, string name, string path) => await Kubectl("get", kind, name, "-o", $"jsonpath={path}");
}
