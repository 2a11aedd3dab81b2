using k8s.Models;
using Minik8s.Client;
using Minik8s.Controllers.Jobs;

namespace Minik8s.Controllers.Tests.Jobs;

public sealed class JobTests : IDisposable
{
    private readonly JobWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Pods_run_in_parallel_until_enough_of_them_succeeded()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (3, 2));
        await _world.SettleAsync();
        Assert.Equal("2 0 0 0 0", _world.Counts);
        Assert.All(_world.Pods, p => Assert.Equal([JobPodFacts.Finalizer], p.Metadata.Finalizers));
        foreach (var pod in _world.Active) _world.Run(pod);
        await _world.SettleAsync();
        Assert.Equal("2 2 0 0 0", _world.Counts);
        foreach (var pod in _world.Active) _world.Succeed(pod);
        await _world.SettleAsync();
        Assert.Equal("1 0 2 0 0", _world.Counts);
        _world.Succeed(Assert.Single(_world.Active));
        await _world.SettleAsync();
        Assert.Equal("0 0 3 0 0", _world.Counts);
        Assert.Equal("SuccessCriteriaMet:CompletionsReached Complete:CompletionsReached", _world.Conditions);
        Assert.NotNull(_world.Job.Status.CompletionTime);
        Assert.Equal(3, _world.Pods.Count);
        Assert.All(_world.Pods, p => Assert.Empty(p.Metadata.Finalizers ?? []));
        Assert.Equal("Normal Completed work: Job completed", _world.Table.Events.All[^1]);
        _world.Table.Clear();
        await _world.SettleAsync();
        Assert.Empty(_world.Table.Writes);
    }

    [Fact]
    public async Task Without_a_number_of_completions_the_first_success_ends_the_making_of_pods()
    {
        _world.Given(s => s.Parallelism = 2);
        await _world.SettleAsync();
        _world.Succeed(_world.Active[0]);
        await _world.SettleAsync();
        Assert.Equal("1 0 1 0 0", _world.Counts);
        Assert.Equal("", _world.Conditions);
        _world.Fail(_world.Active[0]);
        await _world.SettleAsync();
        Assert.Equal("0 0 1 1 0", _world.Counts);
        Assert.Equal("SuccessCriteriaMet:CompletionsReached Complete:CompletionsReached", _world.Conditions);
    }

    [Fact]
    public async Task Failed_pods_are_replaced_after_a_time_that_doubles_until_the_limit()
    {
        _world.Given(s => s.BackoffLimit = 2);
        foreach (var seconds in new[] { 10, 20 })
        {
            await _world.SettleAsync();
            _world.Fail(Assert.Single(_world.Active));
            Assert.Equal(TimeSpan.FromSeconds(seconds), (await _world.SettleAsync()).RequeueAfter);
            Assert.Empty(_world.Active);
            _world.Table.Clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        await _world.SettleAsync();
        _world.Fail(Assert.Single(_world.Active));
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:BackoffLimitExceeded Failed:BackoffLimitExceeded", _world.Conditions);
        Assert.Equal("0 0 0 3 0", _world.Counts);
        Assert.Null(_world.Job.Status.CompletionTime);
        Assert.Equal("Warning BackoffLimitExceeded work: Job has reached the specified backoff limit", _world.Table.Events.All[^1]);
    }

    [Fact]
    public async Task A_success_makes_the_next_failure_the_first_again()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (3, 1));
        await _world.SettleAsync();
        _world.Fail(_world.Active[0]);
        await _world.SettleAsync();
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.SettleAsync();
        _world.Succeed(_world.Active[0]);
        await _world.SettleAsync();
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(1));
        _world.Fail(_world.Active[0]);
        Assert.Equal(TimeSpan.FromSeconds(10), (await _world.SettleAsync()).RequeueAfter);
    }

    [Fact]
    public async Task Restarts_of_containers_count_where_pods_restart_them()
    {
        _world.Given(s => (s.Template.Spec.RestartPolicy, s.BackoffLimit) = ("OnFailure", 2));
        await _world.SettleAsync();
        var pod = _world.Active[0];
        pod.Spec.NodeName = "node-1";
        pod.Status = new V1PodStatus { Phase = "Running", ContainerStatuses = [new V1ContainerStatus { Name = "main", Image = "", ImageID = "", RestartCount = 2 }] };
        _world.Table.Api.Put(pod);
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:BackoffLimitExceeded", _world.Conditions);
        Assert.Equal("0 0 0 1 1", _world.Counts);
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:BackoffLimitExceeded Failed:BackoffLimitExceeded", _world.Conditions);
    }

    [Fact]
    public async Task A_job_that_runs_too_long_fails_and_its_pods_are_stopped()
    {
        _world.Given(s => s.ActiveDeadlineSeconds = 60);
        Assert.Equal(TimeSpan.FromSeconds(60), (await _world.SettleAsync()).RequeueAfter);
        _world.Run(_world.Active[0]);
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(60));
        await _world.SettleAsync();
        Assert.Empty(_world.Active);
        Assert.Equal("FailureTarget:DeadlineExceeded", _world.Conditions);
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:DeadlineExceeded Failed:DeadlineExceeded", _world.Conditions);
        Assert.Equal("Warning DeadlineExceeded work: Job was active longer than specified deadline", _world.Table.Events.All[^1]);
    }

    [Fact]
    public async Task A_suspended_job_stops_its_pods_without_counting_them_and_starts_anew_when_resumed()
    {
        _world.Given(s => (s.Completions, s.Parallelism, s.ActiveDeadlineSeconds) = (2, 2, 100));
        await _world.SettleAsync();
        var started = _world.Job.Status.StartTime;
        _world.Change(s => s.Suspend = true);
        await _world.SettleAsync();
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Empty(_world.Pods);
        Assert.Equal("0 0 0 0 0", _world.Counts);
        Assert.Equal("Suspended:JobSuspended", _world.Conditions);
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(200));
        _world.Change(s => s.Suspend = false);
        await _world.SettleAsync();
        Assert.Equal("2 0 0 0 0", _world.Counts);
        Assert.Equal("", _world.Conditions);
        Assert.Equal(started + TimeSpan.FromSeconds(200), _world.Job.Status.StartTime);
        Assert.Contains("Normal Suspended work: Job suspended", _world.Table.Events.All);
        Assert.Contains("Normal Resumed work: Job resumed", _world.Table.Events.All);
    }

    [Fact]
    public async Task A_job_made_suspended_has_no_start()
    {
        _world.Given(s => s.Suspend = true);
        await _world.SettleAsync();
        Assert.Empty(_world.Pods);
        Assert.Null(_world.Job.Status.StartTime);
        Assert.Equal("Suspended:JobSuspended", _world.Conditions);
    }

    [Fact]
    public async Task A_job_of_another_manager_is_left_alone()
    {
        _world.Given(s => s.ManagedBy = "example.com/queue");
        await _world.SettleAsync();
        Assert.Empty(_world.Table.Writes);
    }

    [Fact]
    public async Task Less_parallelism_deletes_pods_that_are_not_counted_as_failed()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (4, 3));
        await _world.SettleAsync();
        _world.Change(s => s.Parallelism = 1);
        await _world.SettleAsync();
        Assert.Single(_world.Active);
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Equal("1 0 0 0 0", _world.Counts);
    }

    [Theory]
    [InlineData("TerminatingOrFailed", 1, 1)]
    [InlineData("Failed", 0, 0)]
    public async Task A_pod_on_its_way_out_is_replaced_at_once_or_when_it_is_over(string policy, int replacements, int failed)
    {
        _world.Given(s => s.PodReplacementPolicy = policy);
        await _world.SettleAsync();
        _world.Run(_world.Active[0]);
        await _world.Table.Api.Client.Resource<V1Pod>().DeleteAsync(_world.Active[0].Metadata.Name, "default", null, TestContext.Current.CancellationToken);
        await _world.SettleAsync();
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(31));
        await _world.SettleAsync();
        Assert.Equal(replacements, _world.Active.Count);
        Assert.Equal($"{replacements} 0 0 {failed} 1", _world.Counts);
    }

    [Fact]
    public async Task Orphans_that_match_are_adopted_with_the_finalizer_and_those_that_do_not_any_more_are_let_go()
    {
        _world.Table.Given(Objects.Pod("stray", label: ("job", "work")));
        _world.Given(s => (s.Completions, s.Parallelism) = (2, 2));
        await _world.SettleAsync();
        Assert.Equal(2, _world.Active.Count);
        var stray = _world.Table.Api.Find<V1Pod>("stray")!;
        Assert.Equal([JobPodFacts.Finalizer], stray.Metadata.Finalizers);
        Assert.Equal("Job", Assert.Single(stray.Metadata.OwnerReferences).Kind);
        stray.Metadata.Labels["job"] = "other";
        _world.Table.Api.Put(stray);
        await _world.SettleAsync();
        stray = _world.Table.Api.Find<V1Pod>("stray")!;
        Assert.Empty(stray.Metadata.Finalizers ?? []);
        Assert.Empty(stray.Metadata.OwnerReferences ?? []);
        Assert.Equal(3, _world.Active.Count);
    }

    [Fact]
    public async Task A_refused_creation_is_told_and_tried_again()
    {
        _world.Given(s => (s.Completions, s.Parallelism) = (2, 2));
        _world.Table.Api.Refuse("create pods", 403, "Forbidden", "exceeded quota");
        Assert.Equal(403, (await Assert.ThrowsAsync<ApiException>(_world.ReconcileAsync)).Code);
        Assert.Contains(_world.Table.Events.All, e => e.StartsWith("Warning FailedCreate work: Error creating: ", StringComparison.Ordinal) && e.EndsWith("exceeded quota", StringComparison.Ordinal));
        await _world.SettleAsync();
        Assert.Equal("2 0 0 0 0", _world.Counts);
    }
}
