using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.Deployments;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;

namespace Minik8s.Controllers.Tests.Deployments;

public sealed class DeploymentTests : IDisposable
{
    private readonly DeploymentWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task A_new_deployment_makes_a_set_of_its_template_and_tells()
    {
        var deployment = _world.Give(3, d => d.Metadata.Annotations = new Dictionary<string, string> { ["kubernetes.io/change-cause"] = "first", ["kubectl.kubernetes.io/last-applied-configuration"] = "{}" });
        await _world.StepAsync();
        var rs = Assert.Single(_world.Sets);
        var hash = rs.Metadata.Labels["pod-template-hash"];
        Assert.Equal($"web-{hash}", rs.Metadata.Name);
        Assert.Equal((hash, hash, "web"), (rs.Spec.Selector.MatchLabels["pod-template-hash"], rs.Spec.Template.Metadata.Labels["pod-template-hash"], rs.Spec.Selector.MatchLabels["app"]));
        Assert.Equal(3, rs.Spec.Replicas);
        Assert.Equal(deployment.Metadata.Uid, OwnerReferences.Controller(rs.Metadata)!.Uid);
        Assert.Equal(
            [("deployment.kubernetes.io/desired-replicas", "3"), ("deployment.kubernetes.io/max-replicas", "4"), ("deployment.kubernetes.io/revision", "1"), ("kubernetes.io/change-cause", "first")],
            rs.Metadata.Annotations.Select(a => (a.Key, a.Value)).Order());
        Assert.Equal("1", _world.Deployment.Metadata.Annotations["deployment.kubernetes.io/revision"]);
        Assert.Equal([$"Normal ScalingReplicaSet web: Scaled up replica set {rs.Metadata.Name} from 0 to 3"], _world.Table.Events.All);
        Assert.Equal($"True NewReplicaSetCreated: Created new replica set \"{rs.Metadata.Name}\"", _world.Condition("Progressing"));
        Assert.Equal("False MinimumReplicasUnavailable: Deployment does not have minimum availability.", _world.Condition("Available"));
    }

    [Fact]
    public async Task When_its_pods_run_it_is_complete_and_comes_to_rest()
    {
        _world.Give(3);
        await _world.SettleAsync();
        var status = _world.Deployment.Status;
        Assert.Equal((3, 3, 3, 3, null), (status.Replicas, status.UpdatedReplicas, status.ReadyReplicas, status.AvailableReplicas, status.UnavailableReplicas));
        Assert.Equal(_world.Deployment.Metadata.Generation, status.ObservedGeneration);
        Assert.Equal($"True NewReplicaSetAvailable: ReplicaSet \"{_world.Sets[0].Metadata.Name}\" has successfully progressed.", _world.Condition("Progressing"));
        Assert.Equal("True MinimumReplicasAvailable: Deployment has minimum availability.", _world.Condition("Available"));
    }

    [Theory]
    [InlineData("1", "0", 3)]
    [InlineData("0", "1", 3)]
    [InlineData("25%", "25%", 10)]
    [InlineData("3", "2", 10)]
    [InlineData("100%", "0", 5)]
    [InlineData("0", "100%", 4)]
    [InlineData("25%", "25%", 1)]
    public async Task A_rolling_update_never_has_more_pods_or_fewer_available_ones_than_it_may(string surge, string unavailable, int replicas)
    {
        _world.Give(replicas, d => d.Spec.Strategy = new V1DeploymentStrategy { Type = "RollingUpdate", RollingUpdate = new V1RollingUpdateDeployment { MaxSurge = surge, MaxUnavailable = unavailable } });
        await _world.SettleAsync();
        await _world.ImageAsync("v2");
        var (maxSurge, maxUnavailable) = (RolloutLimits.MaxSurge(_world.Deployment), RolloutLimits.MaxUnavailable(_world.Deployment));
        await _world.SettleAsync(watch: () =>
        {
            Assert.True(_world.ActivePods.Count() <= replicas + maxSurge);
            Assert.True(_world.ActivePods.Count(PodStates.IsReady) >= replicas - maxUnavailable);
        });
        Assert.Equal([0, replicas], _world.Sets.Select(rs => rs.Spec.Replicas ?? 1));
        Assert.All(_world.ActivePods, p => Assert.Equal("v2", p.Spec.Containers[0].Image));
        Assert.Equal("2", _world.Deployment.Metadata.Annotations["deployment.kubernetes.io/revision"]);
        Assert.Equal((replicas, replicas), (_world.Deployment.Status.UpdatedReplicas, _world.Deployment.Status.AvailableReplicas));
    }

    [Fact]
    public async Task New_pods_that_do_not_come_up_stop_the_rollout_and_then_its_deadline_passes()
    {
        _world.Give(4, d => d.Spec.ProgressDeadlineSeconds = 60);
        await _world.SettleAsync();
        await _world.ImageAsync("broken");
        await _world.SettleAsync(p => p.Spec.Containers[0].Image != "broken");
        Assert.Equal((3, 2), (_world.Sets[0].Spec.Replicas, _world.Sets[1].Spec.Replicas));
        Assert.True(_world.ActivePods.Count(PodStates.IsReady) >= 3);
        Assert.StartsWith("True ReplicaSetUpdated", _world.Condition("Progressing"), StringComparison.Ordinal);

        var next = (await _world.StepAsync()).RequeueAfter;
        Assert.NotNull(next);
        _world.Table.Clock.Advance(next.Value);
        Assert.Null((await _world.StepAsync()).RequeueAfter);
        Assert.Equal($"False ProgressDeadlineExceeded: ReplicaSet \"{_world.Sets[1].Metadata.Name}\" has timed out progressing.", _world.Condition("Progressing"));

        // kubectl rollout undo writes the former template.
        await _world.ImageAsync("v1");
        await _world.SettleAsync();
        Assert.Equal(2, _world.Sets.Count);
        Assert.Equal([0, 4], _world.Sets.Select(rs => rs.Spec.Replicas ?? 1));
        Assert.Equal("3", _world.Deployment.Metadata.Annotations["deployment.kubernetes.io/revision"]);
        Assert.Equal("1", _world.Sets[1].Metadata.Annotations["deployment.kubernetes.io/revision-history"]);
        Assert.StartsWith("True NewReplicaSetAvailable", _world.Condition("Progressing"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recreate_starts_new_pods_only_when_the_last_old_one_is_gone()
    {
        _world.Give(2, d => d.Spec.Strategy = new V1DeploymentStrategy { Type = "Recreate" });
        await _world.SettleAsync();
        await _world.ImageAsync("v2");
        await _world.StepAsync();
        Assert.Equal([0], _world.Sets.Select(rs => rs.Spec.Replicas ?? 1));
        await _world.ReplicasAsync();
        Assert.Equal(2, _world.Table.Api.All<V1Pod>().Count(PodStates.IsTerminating));
        await _world.StepAsync();
        Assert.Single(_world.Sets);
        foreach (var pod in _world.Table.Api.All<V1Pod>()) _world.Table.Api.Remove<V1Pod>(pod.Metadata.Name);
        await _world.SettleAsync();
        Assert.Equal([0, 2], _world.Sets.Select(rs => rs.Spec.Replicas ?? 1));
        Assert.All(_world.ActivePods, p => Assert.Equal("v2", p.Spec.Containers[0].Image));
    }

    [Fact]
    public async Task A_paused_deployment_scales_but_does_not_roll()
    {
        _world.Give(2);
        await _world.SettleAsync();
        await _world.ChangeAsync(d =>
        {
            d.Spec.Paused = true;
            d.Spec.Replicas = 3;
            d.Spec.Template.Spec.Containers[0].Image = "v2";
        });
        await _world.SettleAsync();
        Assert.Equal(3, Assert.Single(_world.Sets).Spec.Replicas);
        Assert.Equal("Unknown DeploymentPaused: Deployment is paused", _world.Condition("Progressing"));

        await _world.ChangeAsync(d => d.Spec.Paused = null);
        await _world.StepAsync();
        Assert.Equal(2, _world.Sets.Count);
        await _world.SettleAsync();
        Assert.Equal([0, 3], _world.Sets.Select(rs => rs.Spec.Replicas ?? 1));
    }

    [Fact]
    public async Task Scaling_changes_the_set_and_tells_and_does_not_count_as_a_rollout()
    {
        _world.Give(2);
        await _world.SettleAsync();
        _world.Table.Clear();
        await _world.ChangeAsync(d => d.Spec.Replicas = 5);
        await _world.SettleAsync();
        var rs = Assert.Single(_world.Sets);
        Assert.Equal((5, "5", "7"), (rs.Spec.Replicas, rs.Metadata.Annotations["deployment.kubernetes.io/desired-replicas"], rs.Metadata.Annotations["deployment.kubernetes.io/max-replicas"]));
        Assert.Equal([$"Normal ScalingReplicaSet web: Scaled up replica set {rs.Metadata.Name} from 2 to 5"], _world.Table.Events.All);
        await _world.ChangeAsync(d => d.Spec.Replicas = 0);
        await _world.SettleAsync();
        Assert.Empty(_world.ActivePods);
        Assert.Equal($"Normal ScalingReplicaSet web: Scaled down replica set {rs.Metadata.Name} from 5 to 0", _world.Table.Events.All[^1]);
    }

    [Fact]
    public async Task Old_sets_beyond_the_history_limit_are_deleted_the_oldest_first()
    {
        _world.Give(1, d => d.Spec.RevisionHistoryLimit = 2);
        foreach (var image in new[] { "v1", "v2", "v3", "v4", "v5" })
        {
            await _world.ImageAsync(image);
            await _world.SettleAsync();
        }

        Assert.Equal(["v3", "v4", "v5"], _world.Sets.Select(rs => rs.Spec.Template.Spec.Containers[0].Image));
        Assert.Equal([3, 4, 5], _world.Sets.Select(rs => RevisionAnnotations.Of(rs.Metadata)));
    }

    [Fact]
    public async Task A_name_that_another_template_has_taken_is_counted_as_a_collision_and_avoided()
    {
        var deployment = _world.Give(1);
        var taken = ReplicaSetObjects.Make(deployment, 1).Metadata.Name;
        _world.Table.Api.Put(WorkloadObjects.ReplicaSet(0, taken));
        await Assert.ThrowsAsync<ApiException>(() => _world.StepAsync());
        Assert.Equal(1, _world.Deployment.Status.CollisionCount);
        await _world.StepAsync();
        Assert.Equal(2, _world.Sets.Count);
        Assert.Single(_world.Sets, rs => rs.Metadata.Name != taken && OwnerReferences.Controller(rs.Metadata)?.Uid == deployment.Metadata.Uid);
    }

    [Fact]
    public async Task A_cache_that_does_not_show_the_new_set_yet_makes_no_second_one_and_counts_no_collision()
    {
        _world.Give(3);
        await _world.StepAsync();
        _world.Table.Cache<V1ReplicaSet>().Remove(new("default", _world.Sets[0].Metadata.Name));
        var reconciler = new DeploymentReconciler(
            _world.Table.Cache<V1Deployment>(), _world.Table.Cache<V1ReplicaSet>(), _world.Table.Cache<V1Pod>(), _world.Table.Api.Client.Resource<V1Deployment>(),
            _world.Table.Api.Client.Resource<V1ReplicaSet>(), _world.Table.Events, _world.Table.Clock);
        await reconciler.ReconcileAsync(DeploymentWorld.Key, default);
        Assert.Single(_world.Sets);
        Assert.Null(_world.Deployment.Status.CollisionCount);
        Assert.Single(_world.Table.Events.All);
    }

    [Fact]
    public async Task A_set_that_cannot_be_made_is_told()
    {
        var deployment = _world.Give(1);
        _world.Table.Api.Refuse("create replicasets", 403, "Forbidden", "quota");
        await Assert.ThrowsAsync<ApiException>(() => _world.StepAsync());
        var message = $"Failed to create new replica set \"{ReplicaSetObjects.Make(deployment, 1).Metadata.Name}\": quota";
        Assert.Equal($"False ReplicaSetCreateError: {message}", _world.Condition("Progressing"));
        Assert.Equal([$"Warning ReplicaSetCreateError web: {message}"], _world.Table.Events.All);
    }

    [Fact]
    public async Task Failures_of_its_sets_show_on_the_deployment_and_go_with_them()
    {
        _world.Give(1);
        await _world.StepAsync();
        _world.Table.Api.Refuse("create pods", 403, "Forbidden", "no room");
        await Assert.ThrowsAsync<ApiException>(() => _world.ReplicasAsync());
        await _world.StepAsync();
        Assert.Equal("True FailedCreate: no room", _world.Condition("ReplicaFailure"));
        await _world.SettleAsync();
        Assert.Null(_world.Condition("ReplicaFailure"));
    }

    [Fact]
    public async Task A_set_without_a_controller_that_matches_is_adopted_and_used()
    {
        var deployment = _world.Give(2);
        var orphan = ReplicaSetObjects.Make(deployment, 1);
        orphan.Metadata.OwnerReferences = null;
        _world.Table.Given(orphan);
        await _world.SettleAsync();
        var rs = Assert.Single(_world.Sets);
        Assert.Equal((deployment.Metadata.Uid, 2), (OwnerReferences.Controller(rs.Metadata)?.Uid, rs.Spec.Replicas));
    }

    [Fact]
    public async Task A_change_of_minReadySeconds_reaches_the_set_without_a_rollout()
    {
        _world.Give(1);
        await _world.SettleAsync();
        await _world.ChangeAsync(d => d.Spec.MinReadySeconds = 5);
        await _world.StepAsync();
        Assert.Equal(5, Assert.Single(_world.Sets).Spec.MinReadySeconds);
    }

    [Fact]
    public async Task A_deployment_on_its_way_out_touches_nothing_but_its_status()
    {
        _world.Give(2);
        await _world.SettleAsync();
        var deployment = _world.Deployment;
        deployment.Metadata.DeletionTimestamp = _world.Table.Clock.GetUtcNow().UtcDateTime;
        deployment.Metadata.Finalizers = ["foregroundDeletion"];
        deployment.Spec.Template.Spec.Containers[0].Image = "v2";
        _world.Table.Given(deployment);
        _world.Table.Clear();
        await _world.StepAsync();
        Assert.All(_world.Table.Writes, w => Assert.Equal("update deployments/status default/web", w));
    }

    [Fact]
    public async Task Without_a_deadline_there_is_no_word_about_progress()
    {
        _world.Give(1, d => d.Spec.ProgressDeadlineSeconds = int.MaxValue);
        await _world.SettleAsync();
        Assert.Null(_world.Condition("Progressing"));
    }

    [Fact]
    public void The_hash_depends_on_the_template_and_the_collisions_but_not_on_the_order_of_its_fields()
    {
        var a = WorkloadObjects.Template();
        a.Metadata.Labels = new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" };
        var b = WorkloadObjects.Template();
        b.Metadata.Labels = new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" };
        Assert.Equal(TemplateHash.Of(a, null), TemplateHash.Of(b, null));
        Assert.NotEqual(TemplateHash.Of(a, null), TemplateHash.Of(a, 1));
        Assert.NotEqual(TemplateHash.Of(a, null), TemplateHash.Of(WorkloadObjects.Template("other"), null));
        Assert.Matches("^[bcdfghjklmnpqrstvwxz2456789]{1,10}$", TemplateHash.Of(a, null));
    }
}
