using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.Nodes;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.Nodes;

public sealed class NodeLifecycleTests : IDisposable
{
    private readonly ReconcileTable _table = new();
    private readonly Heartbeats _heartbeats;
    private readonly NodeReconciler _reconciler;

    public NodeLifecycleTests()
    {
        _heartbeats = new Heartbeats(_table.Clock);
        _table.Cache<V1Pod>().AddIndex(Indexes.NodeName, Indexes.ByNodeName);
        _reconciler = new NodeReconciler(
            _table.Cache<V1Node>(), _table.Cache<V1Pod>(), _heartbeats, _table.Api.Client.Resource<V1Node>(), _table.Api.Client.Resource<V1Pod>(), _table.Events,
            new ControllerManagerOptions(), NullLogger.Instance, _table.Clock);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task A_node_that_is_heard_of_is_left_alone_and_looked_at_again_when_it_would_be_late()
    {
        _table.Given(Objects.Node("n1"));
        _heartbeats.Seen("n1");
        _table.Clock.Advance(TimeSpan.FromSeconds(15));
        Assert.Equal(TimeSpan.FromSeconds(25), (await ReconcileAsync()).RequeueAfter);
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_silent_node_becomes_Unknown_is_tainted_and_its_pods_are_not_ready_any_more()
    {
        _table.Given(Objects.Node("n1"));
        _table.Given(Objects.Pod("here", "n1"));
        _table.Given(Objects.Pod("unready", "n1", ready: false));
        _table.Given(Objects.Pod("there", "n2"));
        _heartbeats.Seen("n1");
        _table.Clock.Advance(TimeSpan.FromSeconds(40));
        Assert.Null((await ReconcileAsync()).RequeueAfter);

        var node = _table.Api.Find<V1Node>("n1", "")!;
        Assert.All(node.Status.Conditions, c => Assert.Equal(("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status."), (c.Status, c.Reason, c.Message)));
        Assert.All(node.Status.Conditions, c => Assert.Equal((Objects.Heartbeat, _table.Clock.GetUtcNow().UtcDateTime), (c.LastHeartbeatTime!.Value, c.LastTransitionTime!.Value)));
        Assert.Equal(
            [("node.kubernetes.io/unreachable", "NoExecute"), ("node.kubernetes.io/unreachable", "NoSchedule")], node.Spec.Taints.Select(t => (t.Key, t.Effect)).Order());
        Assert.Equal("False", Ready("here"));
        Assert.Equal("True", Ready("there"));
        Assert.DoesNotContain("patch pods/status default/unready", _table.Writes);
        Assert.Equal(["Normal NodeNotReady n1: Node n1 status is now: NodeNotReady", "Warning NodeNotReady here: Node is not ready"], _table.Events.All);

        _table.Sync();
        _table.Clear();
        await ReconcileAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_node_that_never_posted_is_counted_from_when_it_was_first_seen()
    {
        _table.Given(new V1Node { Metadata = new V1ObjectMeta { Name = "n1" } });
        Assert.Equal(TimeSpan.FromSeconds(40), (await ReconcileAsync()).RequeueAfter);
        _table.Clock.Advance(TimeSpan.FromSeconds(40));
        _table.Sync();
        await ReconcileAsync();
        Assert.All(_table.Api.Find<V1Node>("n1", "")!.Status.Conditions, c => Assert.Equal(("Unknown", "NodeStatusNeverUpdated", "Kubelet never posted node status."), (c.Status, c.Reason, c.Message)));
    }

    [Theory]
    [InlineData("Ready", "True", "")]
    [InlineData("Ready", "False", "node.kubernetes.io/not-ready:NoExecute node.kubernetes.io/not-ready:NoSchedule")]
    [InlineData("Ready", "Unknown", "node.kubernetes.io/unreachable:NoExecute node.kubernetes.io/unreachable:NoSchedule")]
    [InlineData("MemoryPressure", "True", "node.kubernetes.io/memory-pressure:NoSchedule")]
    [InlineData("DiskPressure", "True", "node.kubernetes.io/disk-pressure:NoSchedule")]
    [InlineData("PIDPressure", "True", "node.kubernetes.io/pid-pressure:NoSchedule")]
    public void Taints_follow_conditions(string type, string status, string taints)
    {
        var node = Objects.Node("n1");
        node.Status.Conditions.Single(c => c.Type == type).Status = status;
        Assert.Equal(taints, string.Join(' ', (NodeHealth.Taints(node, _table.Clock.GetUtcNow()) ?? []).Select(t => $"{t.Key}:{t.Effect}")));
    }

    [Fact]
    public void A_cordon_is_a_taint_and_taints_of_others_stay()
    {
        var node = Objects.Node("n1");
        node.Spec.Unschedulable = true;
        node.Spec.Taints = [new V1Taint { Key = "gpu", Effect = "NoSchedule" }, new V1Taint { Key = NodeHealth.NotReadyTaint, Effect = "NoSchedule" }];
        Assert.Equal(["gpu", "node.kubernetes.io/unschedulable"], NodeHealth.Taints(node, _table.Clock.GetUtcNow())!.Select(t => t.Key));
        node.Spec.Unschedulable = false;
        node.Spec.Taints = [new V1Taint { Key = "gpu", Effect = "NoSchedule" }];
        Assert.Null(NodeHealth.Taints(node, _table.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Taints_worked_out_from_an_old_state_are_not_written_over_a_newer_one()
    {
        _table.Given(Objects.Node("n1", "False"));
        _heartbeats.Seen("n1");
        _table.Api.Put(Objects.Node("n1"));
        var e = await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        Assert.True(e.IsConflict);
    }

    [Fact]
    public async Task A_node_that_is_gone_needs_nothing()
    {
        await ReconcileAsync();
        Assert.Empty(_table.Api.Requests);
    }

    private Task<ReconcileResult> ReconcileAsync() => _reconciler.ReconcileAsync("n1", default);

    private string Ready(string pod) => _table.Api.Find<V1Pod>(pod)!.Status.Conditions.Single(c => c.Type == "Ready").Status;
}
