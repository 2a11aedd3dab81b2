using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.GarbageCollection;

namespace Minik8s.Controllers.Tests.GarbageCollection;

public sealed class OwnerGraphTests
{
    private static readonly ResourceNames Maps = new("", "v1", "ConfigMap", "configmaps", true);
    private static readonly ResourceNames Nodes = new("", "v1", "Node", "nodes", false);

    private readonly List<string> _effects = [];
    private readonly OwnerGraph _graph;

    public OwnerGraphTests() => _graph = new OwnerGraph(uid => _effects.Add($"examine {uid}"), uid => _effects.Add($"orphan {uid}"), (node, owner) => _effects.Add($"foreign {node.Uid} {owner.Uid}"));

    [Fact]
    public void A_dependent_of_a_known_owner_needs_no_look()
    {
        _graph.Set(Node("owner"));
        _graph.Set(Node("child", owners: Ref("owner")));
        Assert.Empty(_effects);
        Assert.True(_graph.HasSettledOwners(_graph.Find("child")!));
        Assert.Equal(["child"], _graph.Dependents("owner").Select(d => d.Uid));
    }

    [Fact]
    public void A_dependent_whose_owner_is_not_known_is_looked_at_and_the_owner_may_come_later()
    {
        _graph.Set(Node("child", owners: Ref("owner")));
        Assert.Equal(["examine child"], _effects);
        Assert.False(_graph.HasSettledOwners(_graph.Find("child")!));
        _graph.Set(Node("owner"));
        Assert.True(_graph.HasSettledOwners(_graph.Find("child")!));
        Assert.Equal(["child"], _graph.Dependents("owner").Select(d => d.Uid));
    }

    [Fact]
    public void When_an_owner_goes_its_dependents_are_looked_at()
    {
        _graph.Set(Node("owner"));
        _graph.Set(Node("a", owners: Ref("owner")));
        _graph.Set(Node("b", owners: Ref("owner")));
        _graph.Remove("owner");
        Assert.Equal(["examine a", "examine b"], _effects.Order());
    }

    [Fact]
    public void An_owner_that_begins_to_wait_in_the_foreground_has_its_dependents_and_itself_looked_at_once()
    {
        _graph.Set(Node("owner"));
        _graph.Set(Node("a", owners: Ref("owner")));
        _graph.Set(Node("owner", deleting: true, finalizer: "foregroundDeletion"));
        Assert.Equal(["examine a", "examine owner"], _effects);
        _graph.Set(Node("owner", deleting: true, finalizer: "foregroundDeletion"));
        Assert.Equal(2, _effects.Count);
        _graph.Remove("a");
        Assert.Equal(["examine a", "examine owner", "examine owner"], _effects);
    }

    [Fact]
    public void A_dependent_that_leaves_or_stops_blocking_frees_the_owner_that_waits()
    {
        _graph.Set(Node("owner", deleting: true, finalizer: "foregroundDeletion"));
        _graph.Set(Node("a", owners: Ref("owner", block: true)));
        _graph.Set(Node("b", owners: Ref("owner", block: true)));
        _effects.Clear();
        _graph.Set(Node("a"));
        _graph.Set(Node("b", owners: Ref("owner", block: false)));
        Assert.Equal(["examine owner", "examine owner"], _effects);
        Assert.Equal(["b"], _graph.Dependents("owner").Select(d => d.Uid));
    }

    [Fact]
    public void An_owner_that_is_deleted_without_its_dependents_is_handed_to_orphaning_once()
    {
        _graph.Set(Node("owner"));
        _graph.Set(Node("owner", deleting: true, finalizer: "orphan"));
        _graph.Set(Node("owner", deleting: true, finalizer: "orphan"));
        Assert.Equal(["orphan owner"], _effects);
    }

    [Fact]
    public void A_dependent_that_appears_while_its_owner_waits_in_the_foreground_is_looked_at()
    {
        _graph.Set(Node("owner", deleting: true, finalizer: "foregroundDeletion"));
        _effects.Clear();
        _graph.Set(Node("late", owners: Ref("owner")));
        Assert.Equal(["examine late"], _effects);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_owner_in_another_namespace_is_none_and_is_told(bool ownerFirst)
    {
        var owner = Node("owner", ns: "other");
        var child = Node("child", owners: Ref("owner"));
        foreach (var node in ownerFirst ? [owner, child] : new[] { child, owner }) _graph.Set(node);
        Assert.Contains("foreign child owner", _effects);
        Assert.Contains("examine child", _effects);
        Assert.False(_graph.HasSettledOwners(child));
    }

    [Theory]
    [InlineData("ConfigMap", "owner", "v1", true)]
    [InlineData("Secret", "owner", "v1", false)]
    [InlineData("ConfigMap", "another", "v1", false)]
    [InlineData("ConfigMap", "owner", "apps/v1", false)]
    public void A_reference_means_an_owner_by_kind_name_and_group_too(string kind, string name, string apiVersion, bool expected)
    {
        var reference = new V1OwnerReference { Uid = "owner", Kind = kind, Name = name, ApiVersion = apiVersion };
        Assert.Equal(expected, Node("owner").IsMeantBy(reference, "default"));
    }

    [Fact]
    public void An_owner_of_the_cluster_may_be_named_from_any_namespace() =>
        Assert.True(new GraphNode(Nodes, new V1ObjectMeta { Name = "n", Uid = "n" }).IsMeantBy(new V1OwnerReference { Uid = "n", Kind = "Node", Name = "n", ApiVersion = "v1" }, "default"));

    private static GraphNode Node(string name, bool deleting = false, string? finalizer = null, string ns = "default", params V1OwnerReference[] owners) => new(Maps, new V1ObjectMeta
    {
        Name = name,
        Uid = name,
        NamespaceProperty = ns,
        OwnerReferences = owners,
        DeletionTimestamp = deleting ? DateTime.UnixEpoch : null,
        Finalizers = finalizer is null ? null : [finalizer],
    });

    private static V1OwnerReference Ref(string owner, bool? block = null) => new() { ApiVersion = "v1", Kind = "ConfigMap", Name = owner, Uid = owner, BlockOwnerDeletion = block };
}
