using k8s.Models;
using Minik8s.Controllers.DaemonSets;
using Minik8s.Controllers.Tests.Workloads;

namespace Minik8s.Controllers.Tests.DaemonSets;

public sealed class DaemonPlacementTests
{
    public static TheoryData<string, Action<V1DaemonSet>, Action<V1Node>, bool, bool> Cases { get; } = new()
    {
        { "a plain node", _ => { }, _ => { }, true, true },
        { "another node's name", s => s.Spec.Template.Spec.NodeName = "other", _ => { }, false, false },
        { "a selector that matches", s => s.Spec.Template.Spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" }, n => n.Metadata.Labels = new Dictionary<string, string> { ["disk"] = "ssd" }, true, true },
        { "a selector that does not", s => s.Spec.Template.Spec.NodeSelector = new Dictionary<string, string> { ["disk"] = "ssd" }, _ => { }, false, false },
        { "a taint against new pods", _ => { }, n => Taint(n, "gpu", "NoSchedule"), false, true },
        { "a taint against all pods", _ => { }, n => Taint(n, "gpu", "NoExecute"), false, false },
        { "a taint as a wish", _ => { }, n => Taint(n, "gpu", "PreferNoSchedule"), true, true },
        { "a taint that is tolerated", s => s.Spec.Template.Spec.Tolerations = [new V1Toleration { OperatorProperty = "Exists" }], n => Taint(n, "gpu", "NoExecute"), true, true },
        { "a cordoned node", _ => { }, n => Taint(n, "node.kubernetes.io/unschedulable", "NoSchedule"), true, true },
        { "a node that is not ready", _ => { }, n => Taint(n, "node.kubernetes.io/not-ready", "NoExecute"), true, true },
        { "a node out of reach", _ => { }, n => Taint(n, "node.kubernetes.io/unreachable", "NoExecute"), true, true },
        { "a node without network", _ => { }, n => Taint(n, "node.kubernetes.io/network-unavailable", "NoSchedule"), false, true },
        { "a node without network for what needs none", s => s.Spec.Template.Spec.HostNetwork = true, n => Taint(n, "node.kubernetes.io/network-unavailable", "NoSchedule"), true, true },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_node_is_one_of_the_sets_own(string what, Action<V1DaemonSet> set, Action<V1Node> node, bool shouldRun, bool mayStay)
    {
        var daemon = Set();
        set(daemon);
        var target = Objects.Node("n1");
        node(target);
        Assert.True(DaemonPlacement.Of(daemon, target) == new DaemonPlacement(shouldRun, mayStay), what);
    }

    public static V1DaemonSet Set(string image = "v1") => new()
    {
        Metadata = new V1ObjectMeta { Name = "agent", NamespaceProperty = "default" },
        Spec = new V1DaemonSetSpec { Selector = WorkloadObjects.Selector("agent"), Template = WorkloadObjects.Template(image, "agent") },
    };

    private static void Taint(V1Node node, string key, string effect) => node.Spec.Taints = [new V1Taint { Key = key, Effect = effect }];
}
