using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.ControlLoop;
using Minik8s.Controllers.PodGarbage;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Controllers.Tests.PodGarbage;

public sealed class PodGarbageTests : IDisposable
{
    private readonly ReconcileTable _table = new();
    private readonly PodGarbageReconciler _reconciler;

    public PodGarbageTests() => _reconciler = new PodGarbageReconciler(
        _table.Cache<V1Pod>(), _table.Cache<V1Node>(), _table.Api.Client.Resource<V1Pod>(), _table.Api.Client.Resource<V1Node>(), TimeSpan.FromSeconds(40), NullLogger.Instance, _table.Clock);

    public void Dispose() => _table.Dispose();

    [Fact]
    public async Task A_pod_whose_node_is_gone_fails_and_is_removed_after_a_while()
    {
        _table.Given(Objects.Pod("web", "gone"));
        Assert.Equal(TimeSpan.FromSeconds(40), (await ReconcileAsync()).RequeueAfter);
        Assert.Empty(_table.Writes);
        _table.Clock.Advance(TimeSpan.FromSeconds(40));
        await ReconcileAsync();
        Assert.Equal(["patch pods/status default/web", "delete pods default/web"], _table.Writes);
        var condition = _table.Api.Writes[0].Body!["status"]!["conditions"]![0]!;
        Assert.Equal(("DisruptionTarget", "DeletionByPodGC", "PodGC: node no longer exists"), ((string)condition["type"]!, (string)condition["reason"]!, (string)condition["message"]!));
        Assert.Equal("Failed", (string)_table.Api.Writes[0].Body!["status"]!["phase"]!);
        Assert.Null(_table.Api.Find<V1Pod>("web"));
    }

    [Fact]
    public async Task A_node_that_comes_back_in_time_keeps_its_pods()
    {
        _table.Given(Objects.Pod("web", "n1"));
        await ReconcileAsync();
        _table.Clock.Advance(TimeSpan.FromSeconds(39));
        _table.Given(Objects.Node("n1"));
        await ReconcileAsync();
        _table.Api.Remove<V1Node>("n1", "");
        _table.Sync();
        _table.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.FromSeconds(40), (await ReconcileAsync()).RequeueAfter);
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_node_that_the_server_has_and_the_cache_does_not_yet_is_no_reason()
    {
        _table.Given(Objects.Pod("web", "n1"));
        await ReconcileAsync();
        _table.Clock.Advance(TimeSpan.FromMinutes(1));
        _table.Api.Put(Objects.Node("n1"));
        Assert.Equal(ReconcileResult.Again, await ReconcileAsync());
        Assert.Empty(_table.Writes);
    }

    [Fact]
    public async Task A_finished_pod_keeps_its_phase()
    {
        _table.Given(Objects.Pod("web", "gone", phase: "Succeeded"));
        await ReconcileAsync();
        _table.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReconcileAsync();
        Assert.Equal(["delete pods default/web"], _table.Writes);
    }

    [Fact]
    public async Task A_terminating_pod_that_never_had_a_node_is_removed_at_once()
    {
        var pod = Objects.Pod("web", node: null, phase: "Pending");
        pod.Metadata.DeletionTimestamp = _table.Clock.GetUtcNow().UtcDateTime;
        _table.Given(pod);
        await ReconcileAsync();
        Assert.Null(_table.Api.Find<V1Pod>("web"));
        Assert.Equal(0, (int)_table.Api.Writes[^1].Body!["gracePeriodSeconds"]!);
    }

    [Fact]
    public async Task A_pod_that_waits_for_a_node_is_not_garbage()
    {
        _table.Given(Objects.Pod("web", node: null, phase: "Pending"));
        Assert.Equal(ReconcileResult.Done, await ReconcileAsync());
        Assert.Empty(_table.Api.Requests);
    }

    [Fact]
    public async Task Another_pod_of_the_same_name_is_not_touched()
    {
        _table.Given(Objects.Pod("web", "gone"));
        await ReconcileAsync();
        _table.Clock.Advance(TimeSpan.FromMinutes(1));
        _table.Api.Remove<V1Pod>("web");
        _table.Api.Put(Objects.Pod("web", "n1"));
        await ReconcileAsync();
        Assert.Equal("Running", _table.Api.Find<V1Pod>("web")!.Status.Phase);
    }

    private Task<ReconcileResult> ReconcileAsync() => _reconciler.ReconcileAsync(new ObjectKey("default", "web"), default);
}
