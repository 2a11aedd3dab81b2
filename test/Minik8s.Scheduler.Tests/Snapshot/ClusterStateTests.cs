using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Scheduler.Snapshot;

namespace Minik8s.Scheduler.Tests.Snapshot;

public sealed class ClusterStateTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ClusterState _state;

    public ClusterStateTests()
    {
        _state = new ClusterState(_clock, TimeSpan.FromMinutes(1));
        _state.SetNode(Objects.Node("n1"));
        _state.SetNode(Objects.Node("n2"));
    }

    [Fact]
    public void Pods_count_on_their_node_with_what_they_request()
    {
        _state.SetPod(Objects.Pod("a", cpu: "500m", node: "n1"));
        _state.SetPod(Objects.Pod("b", cpu: "1", node: "n1"));
        Assert.Equal((1500, 2), (Node("n1").Requested[ResourceAmounts.Cpu], Node("n1").Pods.Count));
        Assert.Equal((0, 0), (Node("n2").Requested[ResourceAmounts.Cpu], Node("n2").Pods.Count));
        Assert.Equal(4000, Node("n1").Allocatable[ResourceAmounts.Cpu]);
        Assert.True(_state.RemovePod("a"));
        Assert.False(_state.RemovePod("a"));
        Assert.Equal(1000, Node("n1").Requested[ResourceAmounts.Cpu]);
    }

    [Fact]
    public void A_snapshot_does_not_change_under_its_reader_and_unchanged_nodes_are_not_made_again()
    {
        var before = _state.Snapshot();
        Assert.Same(before, _state.Snapshot());
        _state.SetPod(Objects.Pod("a", cpu: "1", node: "n1"));
        Assert.All(before, n => Assert.Empty(n.Pods));
        Assert.Same(before.Single(n => n.Name == "n2"), Node("n2"));
        Assert.NotSame(before.Single(n => n.Name == "n1"), Node("n1"));
    }

    [Fact]
    public void An_assumed_pod_takes_room_and_its_confirmation_does_not_take_it_twice()
    {
        _state.Assume(Objects.Info("a", cpu: "1").Placed, "n1");
        Assert.Equal(1000, Node("n1").Requested[ResourceAmounts.Cpu]);
        _state.SetPod(Objects.Pod("a", cpu: "1", node: "n1"));
        Assert.Equal((1000, 1), (Node("n1").Requested[ResourceAmounts.Cpu], Node("n1").Pods.Count));
        _state.Forget("a");
        Assert.True(_state.Contains("a"));
    }

    [Fact]
    public void A_pod_that_was_bound_elsewhere_than_assumed_is_moved()
    {
        _state.Assume(Objects.Info("a", cpu: "1").Placed, "n1");
        _state.SetPod(Objects.Pod("a", cpu: "1", node: "n2"));
        Assert.Equal((0, 1000), (Node("n1").Requested[ResourceAmounts.Cpu], Node("n2").Requested[ResourceAmounts.Cpu]));
    }

    [Fact]
    public void A_failed_binding_gives_the_room_back()
    {
        _state.Assume(Objects.Info("a", cpu: "1").Placed, "n1");
        _state.Forget("a");
        Assert.Equal((0, false), (Node("n1").Requested[ResourceAmounts.Cpu], _state.Contains("a")));
    }

    [Fact]
    public void An_assumption_without_confirmation_expires_only_after_its_binding_is_done()
    {
        _state.Assume(Objects.Info("a", cpu: "1").Placed, "n1");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(Node("n1").Pods);
        _state.BindingFinished("a");
        _clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Single(Node("n1").Pods);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Empty(Node("n1").Pods);

        _state.SetPod(Objects.Pod("b", node: "n1"));
        _state.BindingFinished("b");
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Single(Node("n1").Pods);
    }

    [Fact]
    public void Pods_may_be_heard_of_before_their_node_and_after_its_end()
    {
        _state.SetPod(Objects.Pod("early", cpu: "1", node: "n3"));
        Assert.Equal(2, _state.Snapshot().Count);
        _state.SetNode(Objects.Node("n3"));
        Assert.Equal(1000, Node("n3").Requested[ResourceAmounts.Cpu]);
        _state.RemoveNode("n3");
        Assert.Equal(2, _state.Snapshot().Count);
        _state.SetNode(Objects.Node("n3"));
        Assert.Single(Node("n3").Pods);
        _state.RemoveNode("n3");
        Assert.True(_state.RemovePod("early"));
        _state.SetNode(Objects.Node("n3"));
        Assert.Empty(Node("n3").Pods);
    }

    [Fact]
    public void Requests_of_a_pod_are_those_of_its_containers_or_of_its_initialisation_whichever_is_more()
    {
        // KEP-753: restartable init containers go on beside all that start after them.
        static long Cpu(string[] containers, params (string Cpu, bool Sidecar)[] inits) => PodRequests.Of(new V1PodSpec
        {
            Containers = [.. containers.Select(c => Objects.Container(("cpu", c)))],
            InitContainers = [.. inits.Select(i => Objects.Container(("cpu", i.Cpu)) with { RestartPolicy = i.Sidecar ? "Always" : null })],
        })[ResourceAmounts.Cpu];

        Assert.Equal(300, Cpu(["100m", "200m"]));
        Assert.Equal(300, Cpu(["100m", "200m"], ("250m", false)));
        Assert.Equal(1000, Cpu(["100m", "200m"], ("1", false), ("500m", false)));
        Assert.Equal(800, Cpu(["100m", "200m"], ("500m", true)));
        Assert.Equal(1500, Cpu(["100m", "200m"], ("500m", true), ("1", false)));
        Assert.Equal(1000, Cpu(["100m", "200m"], ("1", false), ("500m", true)));
    }

    [Fact]
    public void Pod_level_requests_take_the_place_of_the_sum_and_the_overhead_is_added()
    {
        var spec = new V1PodSpec
        {
            Containers = [Objects.Container(("cpu", "1"), ("memory", "1Gi"))],
            Resources = new V1ResourceRequirements { Requests = Objects.Quantities(("cpu", "3")) },
            Overhead = Objects.Quantities(("cpu", "250m"), ("memory", "64Mi")),
        };
        var requests = PodRequests.Of(spec);
        Assert.Equal((3250, (1024L + 64) << 20), (requests[ResourceAmounts.Cpu], requests["memory"]));
    }

    [Theory]
    [InlineData("cpu", "1", 1000)]
    [InlineData("cpu", "1500m", 1500)]
    [InlineData("cpu", "0.0001", 1)]
    [InlineData("memory", "1Ki", 1024)]
    [InlineData("memory", "1500m", 2)]
    [InlineData("memory", "1e3", 1000)]
    [InlineData("pods", "110", 110)]
    public void Amounts_are_rounded_up(string resource, string quantity, long expected) => Assert.Equal(expected, ResourceAmounts.From(Objects.Quantities((resource, quantity)))[resource]);

    private NodeInfo Node(string name) => _state.Snapshot().Single(n => n.Name == name);
}
