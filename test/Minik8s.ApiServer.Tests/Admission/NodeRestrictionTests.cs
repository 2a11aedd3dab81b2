using System.Text.Json.Nodes;
using Minik8s.Api.Errors;
using Minik8s.Api.Kinds;
using Minik8s.ApiServer.Admission;
using Minik8s.ApiServer.Authentication;

namespace Minik8s.ApiServer.Tests.Admission;

public sealed class NodeRestrictionTests
{
    private const string Pod = """{"metadata":{"name":"p","namespace":"a","labels":{"a":"b"}},"spec":{"nodeName":"NODE","containers":[{"name":"c"}]}}""";
    private const string Mirror = """
        {"metadata":{"name":"p","namespace":"a","annotations":{"kubernetes.io/config.mirror":"x"},"ownerReferences":[{"kind":"Node","name":"n1","controller":true}]},"spec":{"nodeName":"n1","containers":[{"name":"c"}]}}
        """;

    private const string Node = """{"metadata":{"name":"NAME","labels":{"kubernetes.io/hostname":"x","example.com/rack":"1","node.kubernetes.io/instance-type":"s"}},"spec":{}}""";

    [Theory]
    [InlineData("nodes", "Create", "", "n1", null)]
    [InlineData("nodes", "Create", "", "n2", "node \"n1\" is not allowed to modify node \"n2\"")]
    [InlineData("nodes", "Update", "status", "n1", null)]
    [InlineData("nodes", "Update", "status", "n2", "node \"n1\" is not allowed to modify node \"n2\"")]
    [InlineData("nodes", "Delete", "", "n1", "node \"n1\" is not allowed to delete node \"n1\"")]
    public async Task A_node_writes_its_own_node_only(string plural, string operation, string subresource, string name, string? refusal)
    {
        var node = Node.Replace("NAME", name);
        Assert.Equal(refusal, await AdmitAsync(plural, operation, subresource, node, operation == "Create" ? null : node));
    }

    [Theory]
    [InlineData("example.com/any", null)]
    [InlineData("plain", null)]
    [InlineData("topology.kubernetes.io/zone", null)]
    [InlineData("kubelet.kubernetes.io/x", null)]
    [InlineData("node.kubernetes.io/x", null)]
    [InlineData("node-restriction.kubernetes.io/team", "is not allowed to modify labels: node-restriction.kubernetes.io/team")]
    [InlineData("node-role.kubernetes.io/control-plane", "is not allowed to modify labels: node-role.kubernetes.io/control-plane")]
    [InlineData("k8s.io/x", "is not allowed to modify labels: k8s.io/x")]
    public async Task A_node_gives_itself_harmless_labels_only(string label, string? refusal)
    {
        var before = JsonNode.Parse(Node.Replace("NAME", "n1"))!;
        var after = before.DeepClone();
        after["metadata"]!["labels"]![label] = "x";
        Assert.Equal(refusal, await AdmitAsync("nodes", "Update", "", after.ToJsonString(), before.ToJsonString()));
        Assert.Equal(refusal, await AdmitAsync("nodes", "Update", "", before.ToJsonString(), after.ToJsonString()));
        Assert.Equal(refusal?.Replace("modify labels", "set the following labels"), await AdmitAsync("nodes", "Create", "", after.ToJsonString(), null));
    }

    [Fact]
    public async Task A_node_does_not_free_itself_of_taints()
    {
        var tainted = JsonNode.Parse(Node.Replace("NAME", "n1"))!;
        tainted["spec"]!["taints"] = new JsonArray(new JsonObject { ["key"] = "k", ["effect"] = "NoSchedule" });
        Assert.Equal("node \"n1\" is not allowed to modify taints", await AdmitAsync("nodes", "Update", "", Node.Replace("NAME", "n1"), tainted.ToJsonString()));
        Assert.Null(await AdmitAsync("nodes", "Create", "", tainted.ToJsonString(), null));
    }

    [Theory]
    [InlineData("Update", "status", "n1", null)]
    [InlineData("Update", "status", "n2", "node \"n1\" can only update pod status for pods with spec.nodeName set to itself")]
    [InlineData("Delete", "", "n1", null)]
    [InlineData("Delete", "", "n2", "node \"n1\" can only delete pods with spec.nodeName set to itself")]
    [InlineData("Update", "", "n1", "unexpected operation \"UPDATE\", node \"n1\" can only create and delete mirror pods")]
    public async Task A_node_touches_its_own_pods_only(string operation, string subresource, string node, string? refusal)
    {
        var pod = Pod.Replace("NODE", node);
        Assert.Equal(refusal, await AdmitAsync("pods", operation, subresource, pod, pod));
    }

    [Fact]
    public async Task A_node_makes_mirror_pods_that_refer_to_nothing()
    {
        Assert.Null(await AdmitAsync("pods", "Create", "", Mirror, null));
        Assert.Contains("can only create mirror pods", await AdmitAsync("pods", "Create", "", Pod.Replace("NODE", "n1"), null));
        Assert.Equal("node \"n1\" can only create pods with spec.nodeName set to itself", await AdmitAsync("pods", "Create", "", Mirror.Replace("\"nodeName\":\"n1\"", "\"nodeName\":\"n2\""), null));
        Assert.Equal("node \"n1\" can only create pods with an owner reference set to itself", await AdmitAsync("pods", "Create", "", Mirror.Replace("\"name\":\"n1\"", "\"name\":\"n2\""), null));
        Assert.Equal(
            "node \"n1\" can not create pods that reference secrets",
            await AdmitAsync("pods", "Create", "", Mirror.Replace("\"containers\"", "\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"s\"}}],\"containers\""), null));
        Assert.Equal("node \"n1\" cannot update labels through pod status", await AdmitAsync("pods", "Update", "status", Pod.Replace("NODE", "n1").Replace("\"b\"", "\"c\""), Pod.Replace("NODE", "n1")));
    }

    [Fact]
    public async Task Others_are_not_restricted()
    {
        var node = Node.Replace("NAME", "n2");
        Assert.Null(await AdmitAsync("nodes", "Delete", "", node, node, new UserInfo("admin", ["system:masters"])));
        Assert.Null(await AdmitAsync("nodes", "Delete", "", node, node, new UserInfo("system:node:n1", ["others"])));
    }

    /// <returns>Why it is refused, without the name of the object; null when it is not.</returns>
    private static async Task<string?> AdmitAsync(string plural, string operation, string subresource, string obj, string? old, UserInfo? user = null)
    {
        var resource = BuiltInResources.All.Single(r => r.Kind.Group.Length == 0 && r.Plural == plural);
        var request = new AdmissionRequest(
            resource, Enum.Parse<AdmissionOperation>(operation), plural == "pods" ? "a" : "", JsonNode.Parse(obj)!.AsObject(), old is null ? null : JsonNode.Parse(old)!.AsObject(), false)
        {
            User = user ?? new UserInfo("system:node:n1", ["system:nodes"]),
            Subresource = subresource,
        };
        try
        {
            await new NodeRestriction().AdmitAsync(request, CancellationToken.None);
            return null;
        }
        catch (StatusException e)
        {
            Assert.Equal(403, e.Code);
            return e.Message[(e.Message.IndexOf("is forbidden: ", StringComparison.Ordinal) + "is forbidden: ".Length)..];
        }
    }
}
