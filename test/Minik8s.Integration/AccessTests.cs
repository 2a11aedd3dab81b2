using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Testing;
using Minik8s.Testing.ControlPlane;

namespace Minik8s.Integration;

/// <summary>Who may do what, as the stock kubectl asks and shows it.</summary>
public sealed class AccessTests(SharedControlPlane shared) : IClassFixture<SharedControlPlane>
{
    private readonly TestControlPlane _plane = shared.Plane;

    [Fact]
    public async Task Whoever_may_change_may_not_therefore_create()
    {
        (await _plane.Kubectl("create", "namespace", "changing")).Succeeded();
        (await _plane.Kubectl("create", "role", "changer", "-n", "changing", "--verb=get,update,patch", "--resource=leases.coordination.k8s.io,configmaps")).Succeeded();
        (await _plane.Kubectl("create", "rolebinding", "changer", "-n", "changing", "--role=changer", "--user=carl")).Succeeded();
        const string Lease = """{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"l","namespace":"changing"},"spec":{}}""";
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "update", "leases", "-n", "changing", "--as", "carl")).Output == "yes\n", "carl may update leases");
        foreach (var refused in new[]
        {
            await _plane.KubectlWithInput(Lease, "replace", "--raw", "/apis/coordination.k8s.io/v1/namespaces/changing/leases/l", "-f", "-", "--as", "carl"),
            await _plane.KubectlWithInput(Lease, "apply", "--server-side", "-f", "-", "--as", "carl"),
        })
        {
            Assert.Contains("leases.coordination.k8s.io \"l\" is forbidden: User \"carl\" cannot create resource \"leases\" in API group \"coordination.k8s.io\" in the namespace \"changing\"", refused.Error);
        }

        (await _plane.KubectlWithInput(Lease, "create", "-f", "-")).Succeeded();
        (await _plane.KubectlWithInput(Lease, "replace", "--raw", "/apis/coordination.k8s.io/v1/namespaces/changing/leases/l", "-f", "-", "--as", "carl")).Succeeded();
        (await _plane.KubectlWithInput(Lease, "apply", "--server-side", "-f", "-", "--as", "carl")).Succeeded();
    }

    [Fact]
    public async Task Default_roles_are_there_and_come_back_at_the_next_start()
    {
        Assert.Contains("system:kube-scheduler", (await _plane.Kubectl("get", "clusterroles")).Succeeded());
        Assert.Contains("cluster-admin", (await _plane.Kubectl("get", "clusterrolebindings")).Succeeded());
        Assert.Equal("true rbac-defaults", (await _plane.Kubectl(
            "get", "clusterrole", "view", "-o", @"jsonpath={.metadata.annotations.rbac\.authorization\.kubernetes\.io/autoupdate} {.metadata.labels.kubernetes\.io/bootstrapping}")).Succeeded());
        (await _plane.Kubectl("delete", "clusterrole", "system:node-problem-detector")).Succeeded();
        (await _plane.Kubectl("patch", "clusterrole", "system:discovery", "--type=json", "-p", """[{"op":"replace","path":"/rules","value":[]}]""")).Succeeded();
        await _plane.RestartAsync();
        (await _plane.Kubectl("get", "clusterrole", "system:node-problem-detector")).Succeeded();
        Assert.Contains("/openapi", (await _plane.Kubectl("get", "clusterrole", "system:discovery", "-o", "yaml")).Succeeded());
    }

    [Fact]
    public async Task A_role_binding_gives_rights_in_its_namespace_and_taking_it_away_takes_them()
    {
        (await _plane.Kubectl("create", "namespace", "team")).Succeeded();
        Assert.Equal("no\n", (await _plane.Kubectl("auth", "can-i", "list", "pods", "-n", "team", "--as", "jane")).Output);
        (await _plane.Kubectl("create", "rolebinding", "jane", "--clusterrole=view", "--user=jane", "-n", "team")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "list", "pods", "-n", "team", "--as", "jane")).Output == "yes\n", "jane may list pods");
        Assert.Equal("no\n", (await _plane.Kubectl("auth", "can-i", "list", "pods", "-n", "default", "--as", "jane")).Output);
        Assert.Equal("no\n", (await _plane.Kubectl("auth", "can-i", "create", "pods", "-n", "team", "--as", "jane")).Output);
        (await _plane.Kubectl("get", "pods", "-n", "team", "--as", "jane")).Succeeded();
        var refused = await _plane.Kubectl("delete", "pod", "x", "-n", "team", "--as", "jane");
        Assert.Equal("Error from server (Forbidden): pods \"x\" is forbidden: User \"jane\" cannot delete resource \"pods\" in API group \"\" in the namespace \"team\"\n", refused.Error);
        (await _plane.Kubectl("delete", "rolebinding", "jane", "-n", "team")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "list", "pods", "-n", "team", "--as", "jane")).Output == "no\n", "jane may not any more");
    }

    [Fact]
    public async Task Who_am_I_and_what_may_I_are_answered()
    {
        Assert.Matches("Username +kubernetes-admin", (await _plane.Kubectl("auth", "whoami")).Succeeded());
        var other = (await _plane.Kubectl("auth", "whoami", "--as", "jane", "--as-group", "devs", "--as-uid", "u1", "-o", "yaml")).Succeeded();
        Assert.Contains("username: jane", other);
        Assert.Contains("- devs", other);
        Assert.Contains("- system:authenticated", other);
        Assert.Contains("uid: u1", other);
        var rights = (await _plane.Kubectl("auth", "can-i", "--list", "--as", "jane")).Succeeded();
        Assert.Contains("selfsubjectaccessreviews.authorization.k8s.io", rights);
        Assert.Contains("[/api/*]", rights);
        Assert.DoesNotContain("*.*", rights);
        Assert.Contains("*.*", (await _plane.Kubectl("auth", "can-i", "--list")).Succeeded());
        Assert.Equal("no\n", (await _plane.Kubectl("auth", "can-i", "get", "/metrics", "--as", "jane")).Output);
        Assert.Equal("yes\n", (await _plane.Kubectl("auth", "can-i", "get", "/readyz", "--as", "jane")).Output);
    }

    [Fact]
    public async Task Acting_as_somebody_takes_the_right_to_do_so()
    {
        (await _plane.Kubectl("create", "clusterrole", "as-bob", "--verb=impersonate", "--resource=users", "--resource-name=bob")).Succeeded();
        (await _plane.Kubectl("create", "clusterrolebinding", "as-bob", "--clusterrole=as-bob", "--serviceaccount=default:actor")).Succeeded();
        (await _plane.Kubectl("create", "serviceaccount", "actor")).Succeeded();
        var token = (await _plane.Kubectl("create", "token", "actor")).Succeeded().Trim();
        await Eventually.True(async () => (await _plane.KubectlWithToken(token, "auth", "whoami", "--as", "bob")).Output.Contains("bob"), "the account acts as bob");
        var refused = await _plane.KubectlWithToken(token, "get", "--raw", "/api", "--as", "eve");
        Assert.Contains("users \"eve\" is forbidden: User \"system:serviceaccount:default:actor\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope", refused.Error);
        refused = await _plane.KubectlWithToken(token, "get", "--raw", "/api", "--as", "bob", "--as-group", "system:masters");
        Assert.Contains("groups \"system:masters\" is forbidden", refused.Error);
        refused = await _plane.KubectlWithToken(token, "get", "--raw", "/api", "--as", "system:serviceaccount:kube-system:default");
        Assert.Contains("serviceaccounts \"default\" is forbidden", refused.Error);
        using var actor = _plane.Client(token);
        actor.DefaultRequestHeaders.Add("Impersonate-User", "bob");
        actor.DefaultRequestHeaders.Add("Impersonate-Extra-Scopes%2Fall", "x");
        Assert.Contains("cannot impersonate resource \\\"userextras/scopes/all\\\" in API group \\\"authentication.k8s.io\\\"", await (await actor.GetAsync("/api")).Content.ReadAsStringAsync());
        using var client = _plane.Client();
        client.DefaultRequestHeaders.Add("Impersonate-Group", "system:masters");
        Assert.Equal(HttpStatusCode.BadRequest, (await client.GetAsync("/api/v1/pods")).StatusCode);
    }

    [Fact]
    public async Task Nobody_grants_what_they_do_not_hold()
    {
        (await _plane.Kubectl("create", "namespace", "granting")).Succeeded();
        (await _plane.Kubectl("create", "rolebinding", "boss", "--clusterrole=admin", "--user=boss", "-n", "granting")).Succeeded();
        await Eventually.True(async () => (await _plane.Kubectl("auth", "can-i", "create", "roles", "-n", "granting", "--as", "boss")).Output == "yes\n", "boss is admin");
        (await _plane.Kubectl("create", "role", "reader", "--verb=get", "--resource=pods", "-n", "granting", "--as", "boss")).Succeeded();
        var refused = await _plane.Kubectl("create", "role", "greedy", "--verb=get,list", "--resource=nodes", "-n", "granting", "--as", "boss");
        Assert.Contains(
            "roles.rbac.authorization.k8s.io \"greedy\" is forbidden: user \"boss\" (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            + "{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\" \"list\"]}",
            refused.Error);
        refused = await _plane.Kubectl("create", "rolebinding", "all", "--clusterrole=cluster-admin", "--user=boss", "-n", "granting", "--as", "boss");
        Assert.Contains("is attempting to grant RBAC permissions not currently held", refused.Error);
        (await _plane.Kubectl("create", "rolebinding", "help", "--clusterrole=edit", "--user=helper", "-n", "granting", "--as", "boss")).Succeeded();
        refused = await _plane.Kubectl("create", "rolebinding", "absent", "--clusterrole=no-such", "--user=helper", "-n", "granting", "--as", "boss");
        Assert.Contains("clusterrole.rbac.authorization.k8s.io \"no-such\" not found", refused.Error);
        (await _plane.Kubectl("create", "role", "may-bind", "--verb=bind", "--resource=clusterroles", "--resource-name=cluster-admin", "-n", "granting")).Succeeded();
        (await _plane.Kubectl("create", "rolebinding", "may-bind", "--role=may-bind", "--user=boss", "-n", "granting")).Succeeded();
        await Eventually.True(
            async () => (await _plane.Kubectl("create", "rolebinding", "all", "--clusterrole=cluster-admin", "--user=boss", "-n", "granting", "--as", "boss")).ExitCode == 0, "boss may bind");
    }

    [Fact]
    public async Task Reviews_tell_about_others_and_refuse_nonsense()
    {
        var yes = await ReviewAsync("authorization.k8s.io/v1/subjectaccessreviews", """{"spec":{"user":"x","groups":["system:masters"],"resourceAttributes":{"verb":"get","resource":"pods","namespace":"a"}}}""");
        Assert.True(yes["status"]!["allowed"]!.GetValue<bool>());
        var no = await ReviewAsync("authorization.k8s.io/v1/subjectaccessreviews", """{"spec":{"user":"x","nonResourceAttributes":{"verb":"get","path":"/metrics"}}}""");
        Assert.False(no["status"]!["allowed"]!.GetValue<bool>());
        var local = await ReviewAsync("authorization.k8s.io/v1/namespaces/a/localsubjectaccessreviews", """{"spec":{"user":"x","resourceAttributes":{"verb":"get","resource":"pods","namespace":"a"}}}""");
        Assert.False(local["status"]!["allowed"]!.GetValue<bool>());
        Assert.Contains("exactly one of", (await ReviewAsync("authorization.k8s.io/v1/subjectaccessreviews", """{"spec":{"user":"x"}}""", 422))["message"]!.GetValue<string>());
        Assert.Contains("at least one of user or group", (await ReviewAsync("authorization.k8s.io/v1/subjectaccessreviews", """{"spec":{"resourceAttributes":{"verb":"get"}}}""", 422))["message"]!.GetValue<string>());
        Assert.Contains("must match namespace", (await ReviewAsync("authorization.k8s.io/v1/namespaces/b/localsubjectaccessreviews", """{"spec":{"user":"x","resourceAttributes":{"verb":"get","namespace":"a"}}}""", 400))["message"]!.GetValue<string>());
        Assert.Equal("token is required for TokenReview in authentication", (await ReviewAsync("authentication.k8s.io/v1/tokenreviews", "{}", 400))["message"]!.GetValue<string>());
        Assert.Equal("no namespace on request", (await ReviewAsync("authorization.k8s.io/v1/selfsubjectrulesreviews", "{}", 400))["message"]!.GetValue<string>());
        await ReviewAsync("authentication.k8s.io/v1/selfsubjectreviews", "[]", 400);
        using var client = _plane.Client();
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await client.GetAsync("/apis/authentication.k8s.io/v1/tokenreviews")).StatusCode);
    }

    [Fact]
    public async Task Without_credentials_only_health_and_version_answer()
    {
        using var client = _plane.Client(anonymous: true);
        foreach (var path in new[] { "/healthz", "/livez", "/readyz", "/version" }) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path)).StatusCode);
        foreach (var path in new[] { "/api", "/api/v1/pods", "/openapi/v3", "/openid/v1/jwks", "/" }) Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync(path)).StatusCode);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", "Basic YTpi");
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/healthz")).StatusCode);
    }

    private async Task<JsonNode> ReviewAsync(string path, string body, int code = 201)
    {
        using var client = _plane.Client();
        var response = await client.PostAsync("/apis/" + path, new StringContent(body, Encoding.UTF8, "application/json"));
        Assert.Equal(code, (int)response.StatusCode);
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
