using System.Net;
using System.Text;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>What namespaces may hold: LimitRanges and ResourceQuotas.</summary>
public sealed class QuotaTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task A_limit_range_fills_in_what_containers_ask_for_and_bounds_it()
    {
        (await _plane.Kubectl("create", "namespace", "bounded")).Succeeded();
        (await _plane.KubectlWithInput(
            """
            {"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"bounds"},"spec":{"limits":[
              {"type":"Container","default":{"cpu":"500m"},"defaultRequest":{"cpu":"100m"},"min":{"cpu":"50m"},"max":{"cpu":"1","memory":"1Gi"},"maxLimitRequestRatio":{"cpu":"5"}},
              {"type":"Pod","max":{"cpu":"1500m"}},{"type":"PersistentVolumeClaim","min":{"storage":"1Gi"},"max":{"storage":"5Gi"}}]}}
            """,
            "create", "-n", "bounded", "-f", "-")).Succeeded();
        (await CreateAsync("bounded", "filled", """{"containers":[{"name":"c","image":"x"}]}""")).Succeeded();
        Assert.Equal("100m 500m 1Gi", await Path("bounded", "pod", "filled", "{.spec.containers[0].resources.requests.cpu} {.spec.containers[0].resources.limits.cpu} {.spec.containers[0].resources.limits.memory}"));
        Assert.Contains("LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c", await Path("bounded", "pod", "filled", @"{.metadata.annotations.kubernetes\.io/limit-ranger}"));
        Assert.Contains(
            "pods \"small\" is forbidden: minimum cpu usage per Container is 50m, but request is 10m",
            (await CreateAsync("bounded", "small", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"10m"},"limits":{"cpu":"50m"}}}]}""")).Error);
        Assert.Contains(
            "[maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request ratio per Container is 5, but provided ratio is 20.000000",
            (await CreateAsync("bounded", "large", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"100m"},"limits":{"cpu":"2"}}}]}""")).Error);
        Assert.Contains(
            "maximum cpu usage per Pod is 1500m, but limit is 2",
            (await CreateAsync("bounded", "many", """{"containers":[{"name":"a","image":"x","resources":{"limits":{"cpu":"1"}}},{"name":"b","image":"x","resources":{"limits":{"cpu":"1"}}}]}""")).Error);
        var claim = await _plane.KubectlWithInput("""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"big"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"6Gi"}}}}""", "create", "-n", "bounded", "-f", "-");
        Assert.Contains("maximum storage usage per PersistentVolumeClaim is 5Gi, but request is 6Gi", claim.Error);
    }

    [Fact]
    public async Task A_quota_counts_what_comes_and_what_goes()
    {
        (await _plane.Kubectl("create", "namespace", "counted")).Succeeded();
        (await CreateAsync("counted", "before", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"100m"}}}]}""")).Succeeded();
        (await _plane.Kubectl("create", "quota", "q", "--hard=pods=2,requests.cpu=300m,count/configmaps=1,services.nodeports=1", "-n", "counted")).Succeeded();
        await Eventually.True(async () => await Path("counted", "quota", "q", "{.status.used.pods} {.status.used.requests\\.cpu}") == "1 100m", "what was there before is counted");
        Assert.Contains("failed quota: q: must specify requests.cpu for: c", (await CreateAsync("counted", "unstated", """{"containers":[{"name":"c","image":"x"}]}""")).Error);
        Assert.Contains(
            "pods \"hungry\" is forbidden: exceeded quota: q, requested: requests.cpu=250m, used: requests.cpu=100m, limited: requests.cpu=300m",
            (await CreateAsync("counted", "hungry", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"250m"}}}]}""")).Error);
        (await CreateAsync("counted", "second", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"100m"}}}]}""")).Succeeded();
        Assert.Contains("exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2", (await CreateAsync("counted", "third", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"100m"}}}]}""")).Error);
        Assert.Equal("2", await Path("counted", "quota", "q", "{.status.used.pods}"));
        (await _plane.Kubectl("delete", "pod", "second", "-n", "counted", "--now")).Succeeded();
        await Eventually.True(async () => (await CreateAsync("counted", "third", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"100m"}}}]}""")).ExitCode == 0, "there is room again");
        (await _plane.Kubectl("create", "configmap", "one", "-n", "counted")).Succeeded();
        Assert.Contains("exceeded quota: q, requested: count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1", (await _plane.Kubectl("create", "configmap", "two", "-n", "counted")).Error);
        (await _plane.Kubectl("create", "service", "nodeport", "n1", "--tcp=80", "-n", "counted")).Succeeded();
        Assert.Contains("exceeded quota: q, requested: services.nodeports=1", (await _plane.Kubectl("create", "service", "nodeport", "n2", "--tcp=80", "-n", "counted")).Error);
    }

    [Fact]
    public async Task A_quota_with_scopes_counts_its_own_pods_only()
    {
        (await _plane.Kubectl("create", "namespace", "scoped")).Succeeded();
        (await _plane.Kubectl("create", "quota", "effort", "--hard=pods=1", "--scopes=BestEffort", "-n", "scoped")).Succeeded();
        (await CreateAsync("scoped", "best-1", """{"containers":[{"name":"c","image":"x"}]}""")).Succeeded();
        Assert.Contains("exceeded quota: effort", (await CreateAsync("scoped", "best-2", """{"containers":[{"name":"c","image":"x"}]}""")).Error);
        (await CreateAsync("scoped", "burst", """{"containers":[{"name":"c","image":"x","resources":{"requests":{"cpu":"1m"}}}]}""")).Succeeded();
    }

    [Fact]
    public async Task Many_at_once_do_not_exceed_a_quota_together()
    {
        (await _plane.Kubectl("create", "namespace", "crowded")).Succeeded();
        (await _plane.Kubectl("create", "quota", "few", "--hard=count/configmaps=7", "-n", "crowded")).Succeeded();
        using var client = _plane.Client();
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
            (await client.PostAsync("/api/v1/namespaces/crowded/configmaps", new StringContent($$"""{"metadata":{"name":"c{{i}}"} }""", Encoding.UTF8, "application/json"))).StatusCode));
        Assert.All(answers, a => Assert.True(a is HttpStatusCode.Created or HttpStatusCode.Forbidden or HttpStatusCode.Conflict, $"{a}"));
        var made = answers.Count(a => a == HttpStatusCode.Created);
        Assert.InRange(made, 1, 7);
        await Eventually.True(async () => await Path("crowded", "quota", "few", "{.status.used.count/configmaps}") == $"{made}", "the status says what is there");
    }

    [Fact]
    public async Task A_quota_counts_the_objects_of_a_kind_that_comes_later_and_frees_them_when_they_go()
    {
        (await _plane.KubectlWithInput(
            """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: tickets.quota.example.com}
            spec:
              group: quota.example.com
              scope: Namespaced
              names: {plural: tickets, kind: Ticket}
              versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
            """,
            "create", "-f", "-")).Succeeded();
        (await _plane.Kubectl("wait", "--for=condition=established", "crd/tickets.quota.example.com", "--timeout=30s")).Succeeded();
        (await _plane.Kubectl("create", "namespace", "ticketed")).Succeeded();
        (await _plane.Kubectl("create", "quota", "one", "--hard=count/tickets.quota.example.com=1", "-n", "ticketed")).Succeeded();
        (await TicketAsync("first")).Succeeded();
        Assert.Contains("exceeded quota: one, requested: count/tickets.quota.example.com=1, used: count/tickets.quota.example.com=1", (await TicketAsync("second")).Error);
        (await _plane.Kubectl("delete", "ticket", "first", "-n", "ticketed")).Succeeded();
        await Eventually.True(async () => await Path("ticketed", "quota", "one", @"{.status.used.count/tickets\.quota\.example\.com}") == "0", "what is gone is not used");
        (await TicketAsync("second")).Succeeded();

        Task<ProcessResult> TicketAsync(string name) =>
            _plane.KubectlWithInput($"apiVersion: quota.example.com/v1\nkind: Ticket\nmetadata: {{name: {name}}}", "create", "-n", "ticketed", "-f", "-");
    }

    private Task<ProcessResult> CreateAsync(string ns, string name, string spec) =>
        _plane.KubectlWithInput($$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"},"spec":{{spec}} }""", "create", "-n", ns, "-f", "-");

    private async Task<string> Path(string ns, string kind, string name, string path) => (await _plane.Kubectl("get", kind, name, "-n", ns, "-o", $"jsonpath={path}")).Succeeded();
}
