using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.Jobs;

namespace Minik8s.Controllers.Tests.Jobs;

/// <summary>Each pod that ends is counted once, whatever fails on the way.</summary>
public sealed class JobTrackingTests : IDisposable
{
    private readonly JobWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task The_status_mentions_a_pod_before_its_finalizer_goes()
    {
        await OneSucceededAsync();
        _world.Table.Clear();
        await _world.ReconcileAsync();
        var writes = _world.Table.Api.Writes;
        Assert.Equal(["update jobs/status default/work", "patch pods default/work-1", "update jobs/status default/work"], writes.Where(w => w.Verb != "create").Select(w => w.ToString()));
        Assert.Single(writes.First(w => w.Verb == "update").Body!["status"]!["uncountedTerminatedPods"]!["succeeded"]!.AsArray());
    }

    [Theory]
    [InlineData("update jobs/status")]
    [InlineData("patch pods")]
    public async Task A_failure_on_the_way_counts_nothing_twice_even_for_a_successor(string failing)
    {
        await OneSucceededAsync();
        _world.Table.Api.Refuse(failing, 500, "InternalError");
        await Assert.ThrowsAsync<ApiException>(_world.ReconcileAsync);
        _world.Restart();
        await _world.SettleAsync();
        Assert.Equal("1 0 1 0 0", _world.Counts);
        Assert.Empty(_world.Job.Status.UncountedTerminatedPods.Succeeded ?? []);
    }

    [Theory]
    [InlineData("update jobs/status")]
    [InlineData("patch pods")]
    public async Task A_lost_answer_counts_nothing_twice(string lost)
    {
        await OneSucceededAsync();
        _world.Table.Api.LoseAnswer(lost);
        await Assert.ThrowsAsync<HttpRequestException>(_world.ReconcileAsync);
        await _world.SettleAsync();
        Assert.Equal("1 0 1 0 0", _world.Counts);
    }

    [Fact]
    public async Task A_conflict_leaves_the_pods_as_they_are()
    {
        await OneSucceededAsync();
        _world.Table.Api.Before("update jobs/status", () =>
        {
            var job = _world.Job;
            job.Metadata.Labels = new Dictionary<string, string> { ["touched"] = "yes" };
            _world.Table.Api.Put(job);
        });
        Assert.True((await Assert.ThrowsAsync<ApiException>(_world.ReconcileAsync)).IsConflict);
        Assert.Contains(_world.Pods, p => JobPodFacts.Succeeded(p) && JobPodFacts.IsTracked(p));
        await _world.SettleAsync();
        Assert.Equal("1 0 1 0 0", _world.Counts);
    }

    [Fact]
    public async Task A_cache_with_an_older_status_makes_no_pods()
    {
        await OneSucceededAsync();
        await _world.ReconcileAsync();
        _world.Table.Clear();
        // The pods are known as they are, the job is not.
        foreach (var pod in _world.Pods) _world.Table.Cache<V1Pod>().Set(pod);
        await _world.ReconcileAsync();
        Assert.Empty(_world.Table.Writes);
    }

    [Fact]
    public async Task A_cache_that_shows_finalizers_which_are_gone_counts_nothing_twice()
    {
        await OneSucceededAsync();
        await _world.ReconcileAsync();
        // The job is known as it is, the pods are not.
        _world.Table.Cache<V1Job>().Set(_world.Job);
        await _world.ReconcileAsync();
        Assert.Equal(1, _world.Job.Status.Succeeded);
    }

    [Fact]
    public async Task Pods_that_the_cache_does_not_show_yet_are_not_made_again()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (3, 3));
        await _world.ReconcileAsync();
        _world.Table.Cache<V1Job>().Set(_world.Job);
        await _world.ReconcileAsync();
        Assert.Equal(3, _world.Pods.Count);
    }

    [Fact]
    public async Task A_job_that_is_being_deleted_lets_its_pods_go()
    {
        await OneSucceededAsync();
        var job = _world.Job;
        job.Metadata.Finalizers = ["foregroundDeletion"];
        job.Metadata.DeletionTimestamp = _world.Table.Clock.GetUtcNow().UtcDateTime;
        _world.Table.Given(job);
        await _world.SettleAsync();
        Assert.All(_world.Pods, p => Assert.Empty(p.Metadata.Finalizers ?? []));
        Assert.DoesNotContain(_world.Pods, p => p.Metadata.Name == "work-3");
    }

    [Fact]
    public async Task A_pod_whose_job_is_gone_is_let_go()
    {
        await OneSucceededAsync();
        _world.Table.Api.Remove<V1Job>("work");
        _world.Sync();
        var pods = _world.Table.Cache<V1Pod>();
        var reconciler = new AbandonedPodReconciler(_world.Table.Cache<V1Job>(), pods, _world.Table.Api.Client.Resource<V1Pod>());
        foreach (var pod in _world.Pods) await reconciler.ReconcileAsync(new("default", pod.Metadata.Name), TestContext.Current.CancellationToken);
        Assert.All(_world.Pods, p => Assert.Empty(p.Metadata.Finalizers ?? []));
    }

    private async Task OneSucceededAsync()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (3, 1));
        await _world.SettleAsync();
        _world.Succeed(_world.Active[0]);
        _world.Sync();
    }
}
