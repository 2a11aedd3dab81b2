using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.ReplicaSets;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.ReplicaSets;

public sealed class ReplicaSetTests : IDisposable
{
    private static readonly ObjectKey Key = new("default", "web");

    private readonly ReconcileTable _table = new();
    private readonly Expectations _expectations;
    private readonly ReplicaReconciler<V1ReplicaSet> _reconciler;

    public ReplicaSetTests()
    {
        _expectations = new Expectations(_table.Clock);
        _reconciler = new ReplicaReconciler<V1ReplicaSet>(
            new ReplicaSetKind(), _table.Indexed<V1ReplicaSet>(), _table.Indexed<V1Pod>(), _table.Api.Client.Resource<V1ReplicaSet>(), _table.Api.Client.Resource<V1Pod>(), _table.Events, _expectations, _table.Clock);
    }

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task Missing_pods_are_created_from_the_template_with_the_set_as_controller()
    {
        var rs = WorkloadObjects.ReplicaSet(3);
        rs.Spec.Template.Metadata.Annotations = new Dictionary<string, string> { ["note"] = "x" };
        rs = _table.Given(rs);
        await ReconcileAsync();
        var pods = _table.Api.All<V1Pod>();
        Assert.Equal(3, pods.Count);
        Assert.All(pods, pod =>
        {
            Assert.StartsWith("web-", pod.Metadata.Name, StringComparison.Ordinal);
            Assert.Equal("web-", pod.Metadata.GenerateName);
            Assert.Equal(("web", "x", "busybox"), (pod.Metadata.Labels["app"], pod.Metadata.Annotations["note"], pod.Spec.Containers[0].Image));
            var owner = Assert.Single(pod.Metadata.OwnerReferences);
            Assert.Equal(("apps/v1", "ReplicaSet", "web", rs.Metadata.Uid, true, true), (owner.ApiVersion, owner.Kind, owner.Name, owner.Uid, owner.Controller, owner.BlockOwnerDeletion));
        });
        Assert.Equal(pods.Select(p => $"Normal SuccessfulCreate web: Created pod: {p.Metadata.Name}").Order(), _table.Events.All.Order());
    }

    [Fact]
    public async Task A_cache_that_does_not_show_the_pods_yet_makes_no_more_of_them()
    {
        _table.Given(WorkloadObjects.ReplicaSet(3));
        await ReconcileAsync();
        Assert.True((await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync())).IsConflict);
        _table.Cache<V1ReplicaSet>().Set(_table.Api.Find<V1ReplicaSet>("web")!);
        await ReconcileAsync();
        Assert.Equal(3, _table.Api.All<V1Pod>().Count);
    }

    [Fact]
    public async Task Status_counts_pods_as_they_come_up_and_an_unchanged_one_is_not_written()
    {
        _table.Given(WorkloadObjects.ReplicaSet(2));
        await SettleAsync();
        Assert.Equal((2, 2, null, null, 0, 1L), Status());
        _table.Run(p => p.Metadata.Name == _table.Api.All<V1Pod>()[0].Metadata.Name);
        await SettleAsync();
        Assert.Equal((2, 2, 1, 1, 0, 1L), Status());
        _table.Run();
        await SettleAsync();
        Assert.Equal((2, 2, 2, 2, 0, 1L), Status());
        _table.Clear();
        await SettleAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task Labels_beyond_the_selector_count_for_fully_labeled()
    {
        _table.Given(WorkloadObjects.ReplicaSet(1));
        await SettleAsync();
        var rs = _table.Api.Find<V1ReplicaSet>("web")!;
        rs.Spec.Template.Metadata.Labels["new"] = "label";
        _table.Given(rs);
        await SettleAsync();
        Assert.Null(_table.Api.Find<V1ReplicaSet>("web")!.Status.FullyLabeledReplicas);
    }

    [Fact]
    public async Task A_pod_is_available_after_it_was_ready_for_long_enough()
    {
        _table.Given(WorkloadObjects.ReplicaSet(1, minReadySeconds: 30));
        await SettleAsync();
        _table.Run();
        Assert.Equal(TimeSpan.FromSeconds(30), (await SettleAsync()).RequeueAfter);
        Assert.Equal((1, 1, 1, null, 0, 1L), Status());
        _table.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Null((await SettleAsync()).RequeueAfter);
        Assert.Equal((1, 1, 1, 1, 0, 1L), Status());
    }

    [Fact]
    public async Task Surplus_pods_are_deleted_the_least_useful_first()
    {
        _table.Given(WorkloadObjects.ReplicaSet(3));
        await SettleAsync();
        var kept = _table.Api.All<V1Pod>()[1].Metadata.Name;
        _table.Run(p => p.Metadata.Name == kept);
        Resize(1);
        _table.Sync();
        await ReconcileAsync();
        Assert.Equal([kept], _table.Api.All<V1Pod>().Where(PodStates.IsActive).Select(p => p.Metadata.Name));
        Assert.Equal(2, _table.Events.All.Count(e => e.StartsWith("Normal SuccessfulDelete web: Deleted pod: ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_cache_that_does_not_show_the_deletions_yet_deletes_no_more()
    {
        _table.Given(WorkloadObjects.ReplicaSet(4));
        await SettleAsync();
        _table.Run();
        Resize(2);
        _table.Sync();
        await ReconcileAsync();
        Resize(1);
        _table.Cache<V1ReplicaSet>().Set(_table.Api.Find<V1ReplicaSet>("web")!);
        await ReconcileAsync();
        Assert.Equal(2, _table.Writes.Count(w => w.StartsWith("delete pods", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Pods_that_are_over_or_on_their_way_out_are_replaced()
    {
        _table.Given(WorkloadObjects.ReplicaSet(3));
        await SettleAsync();
        _table.Run();
        var pods = _table.Api.All<V1Pod>();
        pods[0].Status.Phase = "Failed";
        _table.Api.Put(pods[0]);
        pods[1].Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Api.Put(pods[1]);
        await SettleAsync();
        Assert.Equal(3, _table.Api.All<V1Pod>().Count(PodStates.IsActive));
        await SettleAsync();
        Assert.Equal((3, 1), (_table.Api.Find<V1ReplicaSet>("web")!.Status.Replicas, _table.Api.Find<V1ReplicaSet>("web")!.Status.TerminatingReplicas));
    }

    [Fact]
    public async Task Pods_without_a_controller_that_match_are_adopted_and_count()
    {
        var rs = _table.Given(WorkloadObjects.ReplicaSet(2));
        _table.Given(Objects.Pod("stray"));
        _table.Given(Objects.Pod("other", label: ("app", "db")));
        _table.Given(Objects.Pod("elsewhere", ns: "team"));
        await ReconcileAsync();
        Assert.Equal(rs.Metadata.Uid, OwnerReferences.Controller(_table.Api.Find<V1Pod>("stray")!.Metadata)!.Uid);
        Assert.Equal(2, _table.Api.All<V1Pod>().Count(p => p.Metadata.OwnerReferences?.Count > 0));
    }

    [Fact]
    public async Task A_set_that_the_server_knows_to_be_deleted_adopts_nothing()
    {
        _table.Given(WorkloadObjects.ReplicaSet(0));
        var terminating = _table.Api.Find<V1ReplicaSet>("web")!;
        terminating.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Api.Put(terminating);
        _table.Given(Objects.Pod("stray"));
        Assert.True((await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync())).IsConflict);
        Assert.DoesNotContain(_table.Writes, w => w.Contains("stray", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_pod_whose_labels_no_longer_match_is_released_and_replaced()
    {
        _table.Given(WorkloadObjects.ReplicaSet(1));
        await SettleAsync();
        var pod = _table.Api.All<V1Pod>()[0];
        pod.Metadata.Labels = new Dictionary<string, string> { ["app"] = "debug" };
        _table.Given(pod);
        await SettleAsync();
        Assert.Empty(_table.Api.Find<V1Pod>(pod.Metadata.Name)!.Metadata.OwnerReferences ?? []);
        Assert.Equal(2, _table.Api.All<V1Pod>().Count);
    }

    [Fact]
    public async Task A_set_on_its_way_out_does_nothing_to_its_pods_and_still_counts_them()
    {
        _table.Given(WorkloadObjects.ReplicaSet(2));
        await SettleAsync();
        var rs = _table.Api.Find<V1ReplicaSet>("web")!;
        rs.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        rs.Metadata.Finalizers = ["foregroundDeletion"];
        rs.Spec.Replicas = 5;
        _table.Given(rs);
        _table.Run();
        _table.Clear();
        await SettleAsync();
        Assert.Equal(["update replicasets/status default/web"], _table.Writes);
        Assert.Equal(2, Status().Ready);
    }

    [Fact]
    public async Task Creation_starts_slowly_and_what_fails_once_is_not_tried_for_all()
    {
        _table.Given(WorkloadObjects.ReplicaSet(100));
        _table.Api.Refuse("create pods", 403, "Forbidden", "pods \"web-\" is forbidden: exceeded quota", times: 1000);
        var e = await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        Assert.Equal(403, e.Code);
        Assert.Single(_table.Writes, w => w.StartsWith("create pods", StringComparison.Ordinal));
        Assert.Equal(["Warning FailedCreate web: Error creating: pods \"web-\" is forbidden: exceeded quota"], _table.Events.All);
        var condition = Assert.Single(_table.Api.Find<V1ReplicaSet>("web")!.Status.Conditions);
        Assert.Equal(("ReplicaFailure", "True", "FailedCreate", "pods \"web-\" is forbidden: exceeded quota"), (condition.Type, condition.Status, condition.Reason, condition.Message));
        Assert.True(_expectations.AreMet(Key));
    }

    [Fact]
    public async Task When_creation_works_again_the_failure_is_taken_back()
    {
        _table.Given(WorkloadObjects.ReplicaSet(3));
        _table.Api.Refuse("create pods", 403, "Forbidden");
        await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        _table.Sync();
        await ReconcileAsync();
        Assert.Equal(3, _table.Api.All<V1Pod>().Count);
        Assert.Empty(_table.Api.Find<V1ReplicaSet>("web")!.Status.Conditions ?? []);
    }

    [Fact]
    public async Task A_failure_in_the_middle_keeps_what_was_created_and_expects_only_that()
    {
        _table.Given(WorkloadObjects.ReplicaSet(7));
        _table.Api.Before("create pods", () => { });
        _table.Api.Refuse("create pods", 500, "InternalError");
        await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        Assert.Equal(2, _table.Api.All<V1Pod>().Count);
        Assert.False(_expectations.AreMet(Key));
        _expectations.CreationObserved(Key);
        _expectations.CreationObserved(Key);
        Assert.True(_expectations.AreMet(Key));
    }

    [Fact]
    public async Task A_deletion_that_fails_is_told_and_one_of_a_pod_already_gone_is_not()
    {
        _table.Given(WorkloadObjects.ReplicaSet(2));
        await SettleAsync();
        Resize(0);
        _table.Sync();
        _table.Clear();
        var pods = _table.Api.All<V1Pod>();
        _table.Api.Remove<V1Pod>(pods[0].Metadata.Name);
        _table.Api.Refuse($"delete pods default/{pods[1].Metadata.Name}", 500, "InternalError", "out of order");
        await Assert.ThrowsAsync<ApiException>(() => ReconcileAsync());
        Assert.Equal(["Warning FailedDelete web: Error deleting: out of order"], _table.Events.All);
        Assert.Equal("FailedDelete", _table.Api.Find<V1ReplicaSet>("web")!.Status.Conditions[0].Reason);
        Assert.True(_expectations.AreMet(Key));
    }

    [Fact]
    public async Task More_than_five_hundred_pods_come_in_several_passes()
    {
        _table.Given(WorkloadObjects.ReplicaSet(501));
        await ReconcileAsync();
        Assert.Equal(500, _table.Api.All<V1Pod>().Count);
    }

    [Fact]
    public async Task A_set_that_is_gone_needs_nothing()
    {
        await ReconcileAsync();
        Assert.Empty(_table.Api.Requests);
    }

    private Task<ReconcileResult> ReconcileAsync() => _reconciler.ReconcileAsync(Key, default);

    /// <summary>One pass with caches that show all, and another after its writes have come in.</summary>
    private async Task<ReconcileResult> SettleAsync()
    {
        for (var i = 0; i < 2; i++)
        {
            _table.Sync();
            _expectations.Forget(Key);
            await ReconcileAsync();
        }

        _table.Sync();
        _expectations.Forget(Key);
        return await ReconcileAsync();
    }

    private void Resize(int replicas)
    {
        var rs = _table.Api.Find<V1ReplicaSet>("web")!;
        rs.Spec.Replicas = replicas;
        _table.Api.Put(rs);
    }

    private (int Replicas, int? Labeled, int? Ready, int? Available, int? Terminating, long? Observed) Status()
    {
        var status = _table.Api.Find<V1ReplicaSet>("web")!.Status;
        return (status.Replicas, status.FullyLabeledReplicas, status.ReadyReplicas, status.AvailableReplicas, status.TerminatingReplicas, status.ObservedGeneration);
    }
}
