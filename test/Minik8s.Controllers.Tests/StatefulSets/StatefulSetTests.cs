using k8s.Models;
using Minik8s.Client;
using Minik8s.ControlLoop;
using Minik8s.Controllers.StatefulSets;
using Minik8s.Controllers.Tests.Workloads;
using Minik8s.Controllers.Workloads;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.StatefulSets;

public sealed class StatefulSetTests : IDisposable
{
    private readonly ReconcileTable _table = new();
    private readonly StatefulSetReconciler _reconciler;

    public StatefulSetTests() => _reconciler = new StatefulSetReconciler(
        _table.Cache<V1StatefulSet>(), _table.Indexed<V1Pod>(), _table.Cache<V1PersistentVolumeClaim>(), _table.Indexed<V1ControllerRevision>(), _table.Api.Client, _table.Events, _table.Clock);

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task Pods_have_names_labels_a_host_name_and_storage_of_their_own()
    {
        var set = _table.Given(WithStorage(StatefulPlanTests.Set(2)));
        await SettleAsync();
        var pod = _table.Api.Find<V1Pod>("db-1")!;
        var revision = Assert.Single(_table.Api.All<V1ControllerRevision>()).Metadata.Name;
        Assert.Equal(("db-1", "1", revision), (pod.Metadata.Labels["statefulset.kubernetes.io/pod-name"], pod.Metadata.Labels["apps.kubernetes.io/pod-index"], pod.Metadata.Labels["controller-revision-hash"]));
        Assert.Equal(("db-1", "db"), (pod.Spec.Hostname, pod.Spec.Subdomain));
        Assert.Equal("data-db-1", pod.Spec.Volumes.Single(v => v.Name == "data").PersistentVolumeClaim.ClaimName);
        Assert.Equal(set.Metadata.Uid, OwnerReferences.Controller(pod.Metadata)!.Uid);
        var claims = _table.Api.All<V1PersistentVolumeClaim>();
        Assert.Equal(["data-db-0", "data-db-1"], claims.Select(c => c.Metadata.Name));
        Assert.All(claims, c => Assert.Equal(("db", true), (c.Metadata.Labels["app"], c.Metadata.OwnerReferences is null or { Count: 0 })));
        Assert.Contains("Normal SuccessfulCreate db: create Claim data-db-0 Pod db-0 in StatefulSet db success", _table.Events.All);
        Assert.Contains("Normal SuccessfulCreate db: create Pod db-0 in StatefulSet db successful", _table.Events.All);
    }

    [Fact]
    public async Task Status_counts_pods_and_names_revisions_and_comes_to_rest()
    {
        _table.Given(StatefulPlanTests.Set(3));
        await SettleAsync();
        var (status, revision) = (_table.Api.Find<V1StatefulSet>("db")!.Status, _table.Api.All<V1ControllerRevision>()[0].Metadata.Name);
        Assert.Equal((3, 3, 3, 3, 3), (status.Replicas, status.ReadyReplicas, status.AvailableReplicas, status.CurrentReplicas, status.UpdatedReplicas));
        Assert.Equal((revision, revision), (status.CurrentRevision, status.UpdateRevision));
        _table.Clear();
        await StepAsync();
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_rollout_goes_from_the_last_pod_to_the_first_and_back_to_the_former_revision()
    {
        _table.Given(StatefulPlanTests.Set(3));
        await SettleAsync();
        await ImageAsync("v2");
        var order = new List<string>();
        await SettleAsync(() =>
        {
            foreach (var w in _table.Api.Writes.Where(w => w is { Verb: "delete", Resource: "pods" })) order.Add(w.Name);
        });
        Assert.Equal(["db-2", "db-1", "db-0"], order);
        Assert.All(_table.Api.All<V1Pod>(), p => Assert.Equal("v2", p.Spec.Containers[0].Image));
        await ImageAsync("v1");
        await SettleAsync();
        Assert.Equal([2, 3], _table.Api.All<V1ControllerRevision>().Select(r => r.Revision ?? 0).Order());
        Assert.All(_table.Api.All<V1Pod>(), p => Assert.Equal("v1", p.Spec.Containers[0].Image));
    }

    [Fact]
    public async Task A_cache_that_does_not_show_the_pod_yet_is_no_failure_and_a_pod_of_somebody_else_is()
    {
        _table.Given(StatefulPlanTests.Set(1));
        await StepAsync();
        _table.Cache<V1Pod>().Remove(new ObjectKey("default", "db-0"));
        _table.Cache<V1StatefulSet>().Set(_table.Api.Find<V1StatefulSet>("db")!);
        await _reconciler.ReconcileAsync(new ObjectKey("default", "db"), default);
        Assert.Single(_table.Api.All<V1Pod>());

        _table.Api.Remove<V1Pod>("db-0");
        _table.Api.Put(Objects.Pod("db-0", label: ("app", "other")));
        await Assert.ThrowsAsync<ApiException>(StepAsync);
    }

    [Fact]
    public async Task A_pod_that_failed_is_made_anew_and_told()
    {
        _table.Given(StatefulPlanTests.Set(1));
        await SettleAsync();
        var pod = _table.Api.Find<V1Pod>("db-0")!;
        pod.Status.Phase = "Failed";
        _table.Api.Put(pod);
        await SettleAsync();
        Assert.Equal("Running", _table.Api.Find<V1Pod>("db-0")!.Status.Phase);
        Assert.Contains("Warning RecreatingFailedPod db: StatefulSet default/db is recreating failed Pod db-0", _table.Events.All);
    }

    [Fact]
    public async Task Labels_that_were_taken_from_a_pod_are_given_back()
    {
        _table.Given(StatefulPlanTests.Set(1));
        await SettleAsync();
        var pod = _table.Api.Find<V1Pod>("db-0")!;
        pod.Metadata.Labels.Remove("apps.kubernetes.io/pod-index");
        _table.Api.Put(pod);
        await StepAsync();
        Assert.Equal("0", _table.Api.Find<V1Pod>("db-0")!.Metadata.Labels["apps.kubernetes.io/pod-index"]);
    }

    [Theory]
    [InlineData("Retain", "Retain", 0, 0)]
    [InlineData("Delete", "Retain", 1, 1)]
    [InlineData("Retain", "Delete", 0, 1)]
    [InlineData("Delete", "Delete", 1, 1)]
    public async Task Claims_go_with_the_set_or_with_the_pod_that_is_too_many_where_the_policy_says_so(string whenDeleted, string whenScaled, int ownersOfKept, int ownersOfCondemned)
    {
        var set = WithStorage(StatefulPlanTests.Set(2));
        set.Spec.PersistentVolumeClaimRetentionPolicy = new V1StatefulSetPersistentVolumeClaimRetentionPolicy { WhenDeleted = whenDeleted, WhenScaled = whenScaled };
        _table.Given(set);
        await SettleAsync();
        var scaled = _table.Api.Find<V1StatefulSet>("db")!;
        scaled.Spec.Replicas = 1;
        _table.Api.Put(scaled);
        await StepAsync();
        Assert.Equal(ownersOfKept, _table.Api.Find<V1PersistentVolumeClaim>("data-db-0")!.Metadata.OwnerReferences?.Count ?? 0);
        var owners = _table.Api.Find<V1PersistentVolumeClaim>("data-db-1")!.Metadata.OwnerReferences ?? [];
        Assert.Equal(ownersOfCondemned, owners.Count);
        if (owners.Count > 0) Assert.Equal(whenScaled == "Delete" ? "Pod" : "StatefulSet", owners[0].Kind);
    }

    [Fact]
    public async Task A_creation_that_fails_is_told()
    {
        _table.Given(StatefulPlanTests.Set(1));
        _table.Api.Refuse("create pods", 403, "Forbidden", "no room");
        await Assert.ThrowsAsync<ApiException>(StepAsync);
        Assert.Equal(["Warning FailedCreate db: create Pod db-0 in StatefulSet db failed error: no room"], _table.Events.All);
    }

    [Fact]
    public async Task A_set_on_its_way_out_makes_and_deletes_nothing()
    {
        var set = StatefulPlanTests.Set(2);
        set.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(set);
        await StepAsync();
        Assert.Empty(_table.Api.All<V1Pod>());
    }

    private static V1StatefulSet WithStorage(V1StatefulSet set)
    {
        set.Spec.VolumeClaimTemplates =
        [
            new V1PersistentVolumeClaim
            {
                Metadata = new V1ObjectMeta { Name = "data" },
                Spec = new V1PersistentVolumeClaimSpec
                {
                    AccessModes = ["ReadWriteOnce"],
                    Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Gi") } },
                },
            },
        ];
        return set;
    }

    private Task<ReconcileResult> StepAsync()
    {
        _table.Sync();
        return _reconciler.ReconcileAsync(new ObjectKey("default", "db"), default);
    }

    private async Task SettleAsync(Action? watch = null)
    {
        for (var round = 0; round < 60; round++)
        {
            _table.Api.ClearRequests();
            await StepAsync();
            watch?.Invoke();
            var moved = _table.Api.Writes.Count > 0;
            foreach (var gone in _table.Api.All<V1Pod>().Where(PodStates.IsTerminating)) _table.Api.Remove<V1Pod>(gone.Metadata.Name);
            var news = _table.Api.All<V1Pod>().Where(p => !PodStates.IsReady(p) && !PodStates.IsOver(p)).Select(p => p.Metadata.Name).ToHashSet();
            _table.Run(p => news.Contains(p.Metadata.Name));
            _table.Clock.Advance(TimeSpan.FromSeconds(1));
            if (!moved && news.Count == 0) return;
        }

        throw new InvalidOperationException("it does not come to rest");
    }

    private async Task ImageAsync(string image)
    {
        var set = _table.Api.Find<V1StatefulSet>("db")!;
        set.Spec.Template.Spec.Containers[0].Image = image;
        await _table.Api.Client.Resource<V1StatefulSet>().UpdateAsync(set);
        _table.Sync();
    }
}
