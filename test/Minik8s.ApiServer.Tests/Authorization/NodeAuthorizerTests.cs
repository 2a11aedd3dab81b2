using System.Text;
using System.Text.Json.Nodes;
using Minik8s.Api.Kinds;
using Minik8s.Api.Resources;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Authorization.Node;
using Minik8s.ApiServer.Authorization.Rbac;
using Minik8s.ApiServer.Watch;

namespace Minik8s.ApiServer.Tests.Authorization;

public sealed class NodeAuthorizerTests
{
    private const string Pod = """
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"a","uid":"u1"},"spec":{
          "serviceAccountName":"runner","imagePullSecrets":[{"name":"pull"}],
          "initContainers":[{"name":"i","env":[{"name":"X","valueFrom":{"configMapKeyRef":{"name":"init-map","key":"k"}}}]}],
          "containers":[{"name":"c","envFrom":[{"secretRef":{"name":"env-secret"}},{"configMapRef":{"name":"env-map"}}],"env":[{"name":"Y","valueFrom":{"secretKeyRef":{"name":"key-secret","key":"k"}}}]}],
          "volumes":[{"name":"s","secret":{"secretName":"volume-secret"}},{"name":"m","configMap":{"name":"volume-map"}},{"name":"p","persistentVolumeClaim":{"claimName":"data"}},
            {"name":"e","ephemeral":{}},{"name":"j","projected":{"sources":[{"secret":{"name":"projected-secret"}},{"configMap":{"name":"projected-map"}}]}}]}}
        """;

    private static readonly ResourceDefinition Pods = BuiltInResources.All.Single(r => r.Plural == "pods" && r.Kind.Group == "");
    private static readonly ResourceDefinition Volumes = BuiltInResources.All.Single(r => r.Plural == "persistentvolumes");
    private static readonly PolicyRule[] Rules = DefaultPolicy.RulesOf("system:node");

    private readonly NodeGraph _graph = new();
    private long _revision;

    [Theory]
    [InlineData("get", "core/secrets", "a", "volume-secret", true)]
    [InlineData("get", "core/secrets", "a", "env-secret", true)]
    [InlineData("get", "core/secrets", "a", "key-secret", true)]
    [InlineData("get", "core/secrets", "a", "projected-secret", true)]
    [InlineData("get", "core/secrets", "a", "pull", true)]
    [InlineData("get", "core/secrets", "a", "volume-map", false)]
    [InlineData("get", "core/secrets", "a", "other", false)]
    [InlineData("get", "core/secrets", "b", "volume-secret", false)]
    [InlineData("update", "core/secrets", "a", "volume-secret", false)]
    [InlineData("list", "core/secrets", "a", "-", false)]
    [InlineData("list", "core/secrets", "-", "-", false)]
    [InlineData("get", "core/configmaps", "a", "volume-map", true)]
    [InlineData("get", "core/configmaps", "a", "env-map", true)]
    [InlineData("get", "core/configmaps", "a", "init-map", true)]
    [InlineData("get", "core/configmaps", "a", "projected-map", true)]
    [InlineData("get", "core/configmaps", "a", "other", false)]
    [InlineData("get", "core/persistentvolumeclaims", "a", "data", true)]
    [InlineData("get", "core/persistentvolumeclaims", "a", "web-e", true)]
    [InlineData("patch", "core/persistentvolumeclaims/status", "a", "data", true)]
    [InlineData("update", "core/persistentvolumeclaims", "a", "data", false)]
    [InlineData("get", "core/persistentvolumeclaims", "a", "other", false)]
    [InlineData("get", "core/persistentvolumes", "-", "bound", true)]
    [InlineData("get", "core/persistentvolumes", "-", "unbound", false)]
    [InlineData("get", "core/secrets", "storage", "volume-credentials", true)]
    [InlineData("create", "core/serviceaccounts/token", "a", "runner", true)]
    [InlineData("create", "core/serviceaccounts/token", "a", "default", false)]
    [InlineData("get", "core/serviceaccounts", "a", "runner", false)]
    [InlineData("get", "core/pods", "a", "web", true)]
    [InlineData("get", "core/pods", "a", "other", false)]
    [InlineData("list", "core/pods", "-", "-", false)]
    [InlineData("patch", "core/pods/status", "a", "web", true)]
    [InlineData("delete", "core/pods", "a", "web", true)]
    [InlineData("get", "core/pods/log", "a", "web", false)]
    [InlineData("create", "core/pods/exec", "a", "web", false)]
    [InlineData("get", "core/nodes", "-", "n1", true)]
    [InlineData("get", "core/nodes", "-", "n2", false)]
    [InlineData("list", "core/nodes", "-", "-", false)]
    [InlineData("patch", "core/nodes/status", "-", "n1", true)]
    [InlineData("create", "core/nodes", "-", "-", true)]
    [InlineData("delete", "core/nodes", "-", "n1", false)]
    [InlineData("get", "coordination.k8s.io/leases", "kube-node-lease", "n1", true)]
    [InlineData("update", "coordination.k8s.io/leases", "kube-node-lease", "n1", true)]
    [InlineData("update", "coordination.k8s.io/leases", "kube-node-lease", "n2", false)]
    [InlineData("update", "coordination.k8s.io/leases", "kube-system", "kube-scheduler", false)]
    [InlineData("list", "coordination.k8s.io/leases", "kube-node-lease", "-", false)]
    [InlineData("list", "core/services", "-", "-", true)]
    [InlineData("create", "core/events", "a", "-", true)]
    [InlineData("create", "certificates.k8s.io/certificatesigningrequests", "-", "-", true)]
    [InlineData("create", "core/configmaps", "a", "-", false)]
    public void A_node_reads_what_its_pods_refer_to_and_writes_what_is_its_own(string verb, string what, string ns, string name, bool allowed)
    {
        Place("n1");
        Bind("bound", "a", "data", "storage");
        Bind("unbound", "b", "data", "storage");
        Assert.Equal(allowed, Allows("n1", verb, what, ns, name));
        if (what.EndsWith("secrets", StringComparison.Ordinal)) Assert.False(Allows("n2", verb, what, ns, name));
    }

    [Fact]
    public void Rights_come_with_the_first_pod_and_go_with_the_last()
    {
        Place("n1");
        Place("n1", "second");
        Place("", "unscheduled");
        Assert.True(Allows("n1", "get", "core/secrets", "a", "pull"));
        Remove("n1");
        Assert.True(Allows("n1", "get", "core/secrets", "a", "pull"));
        Remove("n1", "second");
        Assert.False(Allows("n1", "get", "core/secrets", "a", "pull"));
        Place("n2", "unscheduled");
        Assert.True(Allows("n2", "get", "core/secrets", "a", "pull"));
    }

    [Fact]
    public void A_mirror_pod_proves_nothing()
    {
        _graph.PodChanged(new(CacheEventType.Added, Read(Pods, "pods/a/web", Pod.Replace("\"uid\"", "\"annotations\":{\"kubernetes.io/config.mirror\":\"x\"},\"uid\"").Replace("\"spec\":{", "\"spec\":{\"nodeName\":\"n1\",")), null, 1));
        Assert.False(Allows("n1", "get", "core/secrets", "a", "pull"));
    }

    [Fact]
    public void A_node_lists_pods_by_its_own_name_only()
    {
        var authorizer = new NodeAuthorizer(_graph, Rules);
        var list = RbacAuthorizerTests.Request("list", "core/pods", "-", "-");
        Assert.True(authorizer.Authorize(User("n1"), list with { FieldSelector = "spec.nodeName=n1" }).Allowed);
        Assert.True(authorizer.Authorize(User("n1"), list with { Verb = "watch", FieldSelector = "status.phase!=Failed,spec.nodeName=n1" }).Allowed);
        Assert.False(authorizer.Authorize(User("n1"), list with { FieldSelector = "spec.nodeName=n2" }).Allowed);
        Assert.False(authorizer.Authorize(User("n1"), list with { FieldSelector = "spec.nodeName!=n1" }).Allowed);
        Assert.Equal("can only list/watch pods with spec.nodeName field selector", authorizer.Authorize(User("n1"), list).Reason);
        Assert.Equal("no relationship found between node 'n1' and this object", authorizer.Authorize(User("n1"), RbacAuthorizerTests.Request("get", "core/secrets", "a", "x")).Reason);
    }

    [Fact]
    public void Who_is_no_node_is_not_judged_and_who_does_not_say_which_gets_nothing()
    {
        Place("n1");
        var authorizer = new NodeAuthorizer(_graph, Rules);
        var read = RbacAuthorizerTests.Request("get", "core/secrets", "a", "pull");
        Assert.Equal("", authorizer.Authorize(new("system:node:n1", []), read).Reason);
        Assert.False(authorizer.Authorize(new("system:node:n1", []), read).Allowed);
        Assert.Equal("unknown node for user \"system:node:\"", authorizer.Authorize(new("system:node:", ["system:nodes"]), read).Reason);
    }

    private static UserInfo User(string node) => new($"system:node:{node}", ["system:nodes", "system:authenticated"]);

    private bool Allows(string node, string verb, string what, string ns, string name) =>
        new NodeAuthorizer(_graph, Rules).Authorize(User(node), RbacAuthorizerTests.Request(verb, what, ns, name)).Allowed;

    private void Place(string node, string name = "web")
    {
        var pod = Read(Pods, $"pods/a/{name}", Text(node, name));
        var before = node.Length > 0 && name == "unscheduled" ? Read(Pods, pod.Key, Text("", name)) : null;
        _graph.PodChanged(new(before is null ? CacheEventType.Added : CacheEventType.Modified, pod, before, pod.Revision));
    }

    private void Remove(string node, string name = "web")
    {
        var pod = Read(Pods, $"pods/a/{name}", Text(node, name));
        _graph.PodChanged(new(CacheEventType.Deleted, pod, pod, pod.Revision));
    }

    private static string Text(string node, string name) => Pod.Replace("\"web\"", $"\"{name}\"").Replace("\"spec\":{", $"\"spec\":{{\"nodeName\":\"{node}\",");

    private void Bind(string volume, string ns, string claim, string secretNamespace)
    {
        var json = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "PersistentVolume",
            ["metadata"] = new JsonObject { ["name"] = volume },
            ["spec"] = new JsonObject
            {
                ["claimRef"] = new JsonObject { ["namespace"] = ns, ["name"] = claim },
                ["csi"] = new JsonObject { ["driver"] = "d", ["nodePublishSecretRef"] = new JsonObject { ["namespace"] = secretNamespace, ["name"] = "volume-credentials" } },
            },
        };
        var read = Read(Volumes, $"volumes/{volume}", json.ToJsonString());
        _graph.VolumeChanged(new(CacheEventType.Added, read, null, read.Revision));
    }

    private CachedObject Read(ResourceDefinition resource, string key, string json) => CachedObject.Read(resource, key, Encoding.UTF8.GetBytes(json), ++_revision);
}
