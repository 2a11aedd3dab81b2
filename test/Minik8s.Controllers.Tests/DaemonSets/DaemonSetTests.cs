using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.DaemonSets;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.DaemonSets;

public sealed class DaemonSetTests : IDisposable
{
    private static readonly ObjectKey Key = new("default", "agent");

    private readonly ReconcileTable _table = new();
    private readonly Expectations _expectations;
    private readonly DaemonSetReconciler _reconciler;

    public DaemonSetTests()
    {
        _expectations = new Expectations(_table.Clock);
        var client = _table.Api.Client;
        _reconciler = new DaemonSetReconciler(
            _table.Indexed<V1DaemonSet>(), _table.Indexed<V1Pod>(), _table.Cache<V1Node>(), _table.Indexed<V1ControllerRevision>(), client.Resource<V1DaemonSet>(), client.Resource<V1Pod>(),
            client.Resource<V1ControllerRevision>(), _table.Events, _expectations, _table.Clock);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task Every_node_gets_a_pod_that_is_meant_for_it()
    {
        Nodes(3);
        var set = _table.Given(DaemonPlacementTests.Set());
        await StepAsync();
        var pods = _table.Api.All<V1Pod>();
        Assert.Equal(["n1", "n2", "n3"], pods.Select(DaemonPods.TargetNode).Order());
        var revision = Assert.Single(_table.Api.All<V1ControllerRevision>());
        Assert.All(pods, pod =>
        {
            Assert.Null(pod.Spec.NodeName);
            Assert.Equal(revision.Metadata.Labels["controller-revision-hash"], pod.Metadata.Labels["controller-revision-hash"]);
            Assert.Equal(set.Metadata.Uid, OwnerReferences.Controller(pod.Metadata)!.Uid);
            Assert.Equal(6, pod.Spec.Tolerations.Count(t => t.OperatorProperty == "Exists"));
        });
        Assert.Equal(3, _table.Events.All.Count(e => e.StartsWith("Normal SuccessfulCreate agent: Created pod: agent-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_cache_that_does_not_show_the_pods_yet_makes_no_more_of_them()
    {
        Nodes(2);
        _table.Given(DaemonPlacementTests.Set());
        await _reconciler.ReconcileAsync(Key, default);
        _table.Cache<V1DaemonSet>().Set(_table.Api.Find<V1DaemonSet>("agent")!);
        await _reconciler.ReconcileAsync(Key, default);
        Assert.Equal(2, _table.Api.All<V1Pod>().Count);
        Assert.Single(_table.Api.All<V1ControllerRevision>());
    }

    [Fact]
    public async Task Status_counts_nodes()
    {
        Nodes(3);
        _table.Given(DaemonPlacementTests.Set());
        await SettleAsync();
        Assert.Equal((3, 3, 0, 3, 3, 3, null), Status());
        Assert.Equal(_table.Api.Find<V1DaemonSet>("agent")!.Metadata.Generation, _table.Api.Find<V1DaemonSet>("agent")!.Status.ObservedGeneration);
        var tainted = _table.Api.Find<V1Node>("n3", "")!;
        tainted.Spec.Taints = [new V1Taint { Key = "gpu", Effect = "NoSchedule" }];
        _table.Given(tainted);
        Nodes(4);
        await StepAsync();
        await StepAsync();
        Assert.Equal((3, 3, 1, 2, 3, 2, 1), Status());
        _table.Clear();
        await StepAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task Nodes_come_and_go_and_take_their_pods_with_them()
    {
        Nodes(2);
        _table.Given(DaemonPlacementTests.Set());
        await StepAsync();
        _table.Api.Remove<V1Node>("n1", "");
        await StepAsync();
        Assert.Equal(["n2"], _table.Api.All<V1Pod>().Select(DaemonPods.TargetNode));
        var node = _table.Api.Find<V1Node>("n2", "")!;
        node.Spec.Taints = [new V1Taint { Key = "gone", Effect = "NoExecute" }];
        _table.Given(node);
        await StepAsync();
        Assert.Empty(_table.Api.All<V1Pod>());
    }

    [Fact]
    public async Task Of_two_pods_on_a_node_the_older_stays()
    {
        Nodes(1);
        _table.Given(DaemonPlacementTests.Set());
        await StepAsync();
        var first = _table.Api.All<V1Pod>()[0];
        _table.Clock.Advance(TimeSpan.FromSeconds(5));
        var second = first with { Metadata = first.Metadata with { Name = "second", Uid = null, CreationTimestamp = null } };
        _table.Api.Put(second);
        await StepAsync();
        Assert.Equal([first.Metadata.Name], _table.Api.All<V1Pod>().Select(p => p.Metadata.Name));
    }

    [Fact]
    public async Task A_failed_pod_is_replaced_with_growing_pauses_and_told()
    {
        Nodes(1);
        _table.Given(DaemonPlacementTests.Set());
        await StepAsync();
        await FailAsync();
        Assert.Contains(_table.Events.All, e => e.StartsWith("Warning FailedDaemonPod agent: Found failed daemon pod default/agent-", StringComparison.Ordinal) && e.EndsWith("on node n1, will try to kill it", StringComparison.Ordinal));
        await StepAsync();
        Assert.Equal("Pending", Assert.Single(_table.Api.All<V1Pod>()).Status.Phase);

        var pod = _table.Api.All<V1Pod>()[0];
        pod.Status.Phase = "Failed";
        _table.Api.Put(pod);
        var next = (await StepAsync()).RequeueAfter;
        Assert.Equal(TimeSpan.FromSeconds(1), next);
        Assert.Equal("Failed", _table.Api.All<V1Pod>()[0].Status.Phase);
        _table.Clock.Advance(TimeSpan.FromSeconds(1));
        await StepAsync();
        Assert.Empty(_table.Api.All<V1Pod>());
    }

    [Theory]
    [InlineData("1", "0", 4, 1)]
    [InlineData("50%", "0", 4, 2)]
    [InlineData("0", "1", 4, 0)]
    [InlineData("0", "100%", 3, 0)]
    [InlineData("0%", "0%", 2, 1)]
    public async Task A_rolling_update_replaces_every_pod_and_keeps_enough_available(string unavailable, string surge, int nodes, int maxUnavailable)
    {
        Nodes(nodes);
        var set = DaemonPlacementTests.Set();
        set.Spec.UpdateStrategy = new V1DaemonSetUpdateStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateDaemonSet { MaxUnavailable = unavailable, MaxSurge = surge } };
        _table.Given(set);
        await SettleAsync();
        await ImageAsync("v2");
        await SettleAsync(() => Assert.True(Available() >= nodes - maxUnavailable, $"{Available()} of {nodes} available"));
        var pods = _table.Api.All<V1Pod>();
        Assert.Equal(nodes, pods.Count);
        Assert.All(pods, p => Assert.Equal("v2", p.Spec.Containers[0].Image));
        Assert.Equal(nodes, Status().Updated);
        Assert.Equal([1, 2], _table.Api.All<V1ControllerRevision>().Select(r => r.Revision ?? 0).Order());
    }

    [Fact]
    public async Task With_OnDelete_old_pods_stay_until_somebody_deletes_them()
    {
        Nodes(2);
        var set = DaemonPlacementTests.Set();
        set.Spec.UpdateStrategy = new V1DaemonSetUpdateStrategy { Type = "OnDelete" };
        _table.Given(set);
        await SettleAsync();
        await ImageAsync("v2");
        await SettleAsync();
        Assert.All(_table.Api.All<V1Pod>(), p => Assert.Equal("v1", p.Spec.Containers[0].Image));
        _table.Api.Remove<V1Pod>(_table.Api.All<V1Pod>()[0].Metadata.Name);
        await SettleAsync();
        Assert.Equal(["v1", "v2"], _table.Api.All<V1Pod>().Select(p => p.Spec.Containers[0].Image).Order());
    }

    [Fact]
    public async Task Going_back_to_a_former_template_makes_its_revision_the_newest_and_the_history_is_bounded()
    {
        Nodes(1);
        var set = DaemonPlacementTests.Set();
        set.Spec.RevisionHistoryLimit = 1;
        _table.Given(set);
        await SettleAsync();
        await ImageAsync("v2");
        await SettleAsync();
        await ImageAsync("v1");
        await SettleAsync();
        Assert.Equal([2, 3], _table.Api.All<V1ControllerRevision>().Select(r => r.Revision ?? 0).Order());
        await ImageAsync("v3");
        await SettleAsync();
        Assert.Equal([3, 4], _table.Api.All<V1ControllerRevision>().Select(r => r.Revision ?? 0).Order());
    }

    [Fact]
    public async Task A_set_on_its_way_out_does_nothing()
    {
        Nodes(2);
        var set = DaemonPlacementTests.Set();
        set.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(set);
        await StepAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_creation_that_fails_is_told_and_tried_again()
    {
        Nodes(4);
        _table.Given(DaemonPlacementTests.Set());
        _table.Api.Refuse("create pods", 403, "Forbidden", "no room");
        await Assert.ThrowsAsync<ApiException>(StepAsync);
        Assert.Equal(["Warning FailedCreate agent: Error creating: no room"], _table.Events.All);
        await StepAsync();
        Assert.Equal(4, _table.Api.All<V1Pod>().Count);
    }

    private void Nodes(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            if (_table.Api.Find<V1Node>($"n{i}", "") is null) _table.Given(Objects.Node($"n{i}"));
        }
    }

    private async Task<ReconcileResult> StepAsync()
    {
        _table.Sync();
        _expectations.Forget(Key);
        return await _reconciler.ReconcileAsync(Key, default);
    }

    /// <summary>Lets pods come up, which the scheduler and kubelets would do, until nothing moves.</summary>
    private async Task SettleAsync(Action? watch = null)
    {
        for (var round = 0; round < 60; round++)
        {
            _table.Api.ClearRequests();
            await StepAsync();
            watch?.Invoke();
            var moved = _table.Api.Writes.Count > 0;
            foreach (var pod in _table.Api.All<V1Pod>().Where(p => !PodStates.IsReady(p) && !PodStates.IsOver(p)))
            {
                pod.Spec.NodeName = DaemonPods.TargetNode(pod);
                pod.Status = new V1PodStatus { Phase = "Running", Conditions = [new V1PodCondition { Type = "Ready", Status = "True", LastTransitionTime = _table.Clock.GetUtcNow().UtcDateTime }] };
                _table.Api.Put(pod);
                moved = true;
            }

            foreach (var gone in _table.Api.All<V1Pod>().Where(PodStates.IsTerminating)) _table.Api.Remove<V1Pod>(gone.Metadata.Name);
            _table.Clock.Advance(TimeSpan.FromSeconds(1));
            if (!moved) return;
        }

        throw new InvalidOperationException("it does not come to rest");
    }

    private int Available() => _table.Api.All<V1Pod>().Where(p => PodStates.IsReady(p) && !PodStates.IsTerminating(p)).Select(DaemonPods.TargetNode).Distinct().Count();

    private async Task FailAsync()
    {
        var pod = _table.Api.All<V1Pod>()[0];
        pod.Status.Phase = "Failed";
        _table.Api.Put(pod);
        await StepAsync();
    }

    private async Task ImageAsync(string image)
    {
        var set = _table.Api.Find<V1DaemonSet>("agent")!;
        set.Spec.Template.Spec.Containers[0].Image = image;
        await _table.Api.Client.Resource<V1DaemonSet>().UpdateAsync(set);
        _table.Sync();
    }

    private (int Desired, int Current, int Misscheduled, int Ready, int? Updated, int? Available, int? Unavailable) Status()
    {
        var status = _table.Api.Find<V1DaemonSet>("agent")!.Status;
        return (status.DesiredNumberScheduled, status.CurrentNumberScheduled, status.NumberMisscheduled, status.NumberReady, status.UpdatedNumberScheduled, status.NumberAvailable, status.NumberUnavailable);
    }
}
