using k8s.Models;
using Minik8s.Controllers.Jobs;

namespace Minik8s.Controllers.Tests.Jobs;

public sealed class IndexedJobTests : IDisposable
{
    private readonly JobWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Each_index_has_a_pod_that_knows_it()
    {
        Given(4, 2);
        await _world.SettleAsync();
        Assert.Equal(["0", "1"], Indexes());
        var pod = _world.Active[0];
        Assert.StartsWith("work-0-", pod.Metadata.Name, StringComparison.Ordinal);
        Assert.Equal(("0", "work-0"), (pod.Metadata.Labels[JobPodFacts.IndexKey], pod.Spec.Hostname));
        var variable = Assert.Single(pod.Spec.Containers[0].Env);
        Assert.Equal(("JOB_COMPLETION_INDEX", "metadata.labels['batch.kubernetes.io/job-completion-index']"), (variable.Name, variable.ValueFrom.FieldRef.FieldPath));
        _world.Succeed(At(1));
        await _world.SettleAsync();
        Assert.Equal(["0", "2"], Indexes());
        _world.Succeed(At(2));
        _world.Fail(At(0));
        await _world.SettleAsync();
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.SettleAsync();
        Assert.Equal(["0", "3"], Indexes());
        Assert.Equal("1,2", _world.Job.Status.CompletedIndexes);
        _world.Succeed(At(0));
        _world.Succeed(At(3));
        await _world.SettleAsync();
        Assert.Equal(("0-3", "0 0 4 1 0"), (_world.Job.Status.CompletedIndexes, _world.Counts));
        Assert.Equal("SuccessCriteriaMet:CompletionsReached Complete:CompletionsReached", _world.Conditions);
    }

    [Fact]
    public async Task Of_two_pods_with_one_index_and_of_pods_without_any_the_surplus_goes()
    {
        Given(2, 2);
        await _world.SettleAsync();
        var (twin, none) = (Objects.Pod("twin", label: ("job", "work")), Objects.Pod("none", label: ("job", "work")));
        twin.Metadata.Annotations = new Dictionary<string, string> { [JobPodFacts.IndexKey] = "1" };
        _world.Table.Given(twin);
        _world.Table.Given(none);
        await _world.SettleAsync();
        Assert.Equal(["0", "1"], Indexes());
        // The twin runs already, what was made for the index does not.
        Assert.Contains(_world.Active, p => p.Metadata.Name == "twin");
    }

    [Fact]
    public async Task An_elastic_job_grows_and_shrinks()
    {
        Given(2, 2);
        await _world.SettleAsync();
        _world.Succeed(At(1));
        await _world.SettleAsync();
        _world.Change(s => (s.Completions, s.Parallelism) = (3, 3));
        await _world.SettleAsync();
        Assert.Equal(["0", "2"], Indexes());
        _world.Change(s => (s.Completions, s.Parallelism) = (1, 1));
        await _world.SettleAsync();
        Assert.Equal(["0"], Indexes());
        Assert.Equal((null, null), (_world.Job.Status.CompletedIndexes, _world.Job.Status.Succeeded));
    }

    [Fact]
    public async Task Failures_are_limited_index_by_index()
    {
        Given(2, 2, s => s.BackoffLimitPerIndex = 1);
        await _world.SettleAsync();
        Assert.Equal("0", At(0).Metadata.Annotations[JobPodFacts.FailureCountKey]);
        _world.Fail(At(0));
        Assert.Equal(TimeSpan.FromSeconds(10), (await _world.SettleAsync()).RequeueAfter);
        // It stays until the replacement has taken over its number.
        Assert.Equal(0, _world.Job.Status.Failed ?? 0);
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.SettleAsync();
        Assert.Equal(1, _world.Job.Status.Failed);
        Assert.Equal("1", At(0).Metadata.Annotations[JobPodFacts.FailureCountKey]);
        _world.Fail(At(0));
        await _world.SettleAsync();
        Assert.Equal(("0", ""), (_world.Job.Status.FailedIndexes, _world.Conditions));
        Assert.Equal(["1"], Indexes());
        _world.Succeed(At(1));
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:FailedIndexes Failed:FailedIndexes", _world.Conditions);
        Assert.Equal(("1", "0", "0 0 1 2 0"), (_world.Job.Status.CompletedIndexes, _world.Job.Status.FailedIndexes, _world.Counts));
    }

    [Fact]
    public async Task Too_many_failed_indexes_end_the_job()
    {
        Given(5, 5, s => (s.BackoffLimitPerIndex, s.MaxFailedIndexes) = (0, 1));
        await _world.SettleAsync();
        _world.Fail(At(1));
        _world.Fail(At(3));
        await _world.SettleAsync();
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:MaxFailedIndexesExceeded Failed:MaxFailedIndexesExceeded", _world.Conditions);
        Assert.Equal("1,3", _world.Job.Status.FailedIndexes);
    }

    [Fact]
    public async Task A_success_policy_ends_the_job_before_all_is_done()
    {
        Given(5, 5, s => s.SuccessPolicy = new V1SuccessPolicy { Rules = [new V1SuccessPolicyRule { SucceededIndexes = "0,2-4", SucceededCount = 2 }] });
        await _world.SettleAsync();
        foreach (var pod in _world.Active) _world.Run(pod);
        _world.Succeed(At(1));
        _world.Succeed(At(2));
        await _world.SettleAsync();
        Assert.Equal("", _world.Conditions);
        _world.Succeed(At(4));
        await _world.SettleAsync();
        Assert.Equal("SuccessCriteriaMet:SuccessPolicy", _world.Conditions);
        await _world.CollectAsync();
        await _world.SettleAsync();
        Assert.Equal("SuccessCriteriaMet:SuccessPolicy Complete:SuccessPolicy", _world.Conditions);
        Assert.Equal("0 0 3 0 0", _world.Counts);
        Assert.Equal("Matched rules at index 0", _world.Job.Status.Conditions[^1].Message);
    }

    [Theory]
    [InlineData("FailJob", "FailureTarget:PodFailurePolicy Failed:PodFailurePolicy", 1)]
    [InlineData("Ignore", "", 0)]
    [InlineData("Count", "FailureTarget:BackoffLimitExceeded Failed:BackoffLimitExceeded", 1)]
    public async Task A_failure_policy_decides_by_exit_code(string action, string conditions, int failed)
    {
        _world.Given(s =>
        {
            s.BackoffLimit = 0;
            s.PodFailurePolicy = Policy(new V1PodFailurePolicyRule { Action = action, OnExitCodes = new V1PodFailurePolicyOnExitCodesRequirement { OperatorProperty = "In", Values = [42] } });
        });
        await _world.SettleAsync();
        _world.Fail(_world.Active[0], exitCode: 42);
        await _world.SettleAsync();
        Assert.Equal(conditions, _world.Conditions);
        Assert.Equal(failed, _world.Job.Status.Failed ?? 0);
        if (action == "FailJob") Assert.Equal("Container main for pod default/work-1 failed with exit code 42 matching FailJob rule at index 0", _world.Job.Status.Conditions[^1].Message);
    }

    [Fact]
    public async Task A_failure_policy_decides_by_condition()
    {
        _world.Given(s =>
        {
            s.BackoffLimit = 0;
            s.PodFailurePolicy = Policy(new V1PodFailurePolicyRule { Action = "Ignore", OnPodConditions = [new V1PodFailurePolicyOnPodConditionsPattern { Type = "DisruptionTarget", Status = "True" }] });
        });
        await _world.SettleAsync();
        _world.Fail(_world.Active[0], condition: "DisruptionTarget");
        Assert.Equal(TimeSpan.FromSeconds(10), (await _world.SettleAsync()).RequeueAfter);
        _world.Table.Clock.Advance(TimeSpan.FromSeconds(10));
        await _world.SettleAsync();
        _world.Fail(Assert.Single(_world.Active));
        await _world.SettleAsync();
        Assert.Equal("FailureTarget:BackoffLimitExceeded Failed:BackoffLimitExceeded", _world.Conditions);
    }

    [Fact]
    public async Task A_failure_policy_gives_up_an_index_at_once()
    {
        Given(2, 2, s =>
        {
            s.BackoffLimitPerIndex = 5;
            s.PodFailurePolicy = Policy(new V1PodFailurePolicyRule { Action = "FailIndex", OnExitCodes = new V1PodFailurePolicyOnExitCodesRequirement { OperatorProperty = "NotIn", Values = [1] } });
        });
        await _world.SettleAsync();
        _world.Fail(At(0), exitCode: 2);
        await _world.SettleAsync();
        Assert.Equal("0", _world.Job.Status.FailedIndexes);
    }

    [Theory]
    [InlineData("", 10, 0, "")]
    [InlineData("0,2-4,5,9", 10, 6, "0,2-5,9")]
    [InlineData("0-3", 3, 3, "0-2")]
    [InlineData("1,x,3-", 10, 1, "1")]
    public void Indexes_are_read_and_written(string text, int completions, int count, string written)
    {
        var set = IndexSet.Parse(text, completions);
        Assert.Equal((count, written), (set.Count, set.ToString()));
        Assert.Equal(count, Enumerable.Range(0, completions).Count(set.Contains));
        Assert.Equal(Enumerable.Range(0, completions).Where(i => !set.Contains(i)), set.Missing(completions));
    }

    private static V1PodFailurePolicy Policy(params V1PodFailurePolicyRule[] rules) => new() { Rules = rules };

    private void Given(int completions, int parallelism, Action<V1JobSpec>? change = null) => _world.Given(s =>
    {
        (s.CompletionMode, s.Completions, s.Parallelism) = ("Indexed", completions, parallelism);
        change?.Invoke(s);
    });

    private IEnumerable<string> Indexes() => _world.Active.Select(p => p.Metadata.Annotations[JobPodFacts.IndexKey]).Order();

    private V1Pod At(int index) => _world.Active.Single(p => JobPodFacts.Index(p) == index);
}
