using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Scheduler.Bind;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;
using Minik8s.Scheduler.Snapshot;
using Minik8s.Scheduler.Strategies;
using Minik8s.Testing;
using Minik8s.Testing.Api;
using Minik8s.Testing.Reconciling;

namespace Minik8s.Scheduler.Tests.Bind;

/// <summary>From a pod in the queue to its node in the API, or to the reason why it has none.</summary>
public sealed class SchedulingTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
    private readonly FakeApi _api;
    private readonly RecordingEvents _events = new();
    private readonly SchedulingQueue _queue;
    private readonly ClusterState _state;
    private readonly ClusterEvents _changes;
    private readonly SchedulingLoop _loop;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _binding;

    public SchedulingTests()
    {
        _api = new FakeApi(_clock);
        _queue = new SchedulingQueue(new SchedulerOptions(), _clock);
        _state = new ClusterState(_clock, TimeSpan.FromMinutes(1));
        _changes = new ClusterEvents("default-scheduler", _queue, _state);
        var binder = new Binder(_api.Client.Resource<V1Pod>(), _state, _queue, _events, NullLogger.Instance, _clock);
        var strategy = new RandomStrategy(new Random(1));
        _loop = new SchedulingLoop(_queue, _state, FilterChain.Default, () => strategy, binder, NullLogger.Instance);
        _binding = binder.RunAsync(_stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _binding.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _queue.Dispose();
        _stop.Dispose();
        _api.Dispose();
    }

    [Fact]
    public async Task A_pod_that_fits_is_bound_and_leaves_the_queue()
    {
        _changes.Added(Objects.Node("n1"), true);
        var pod = Add("web");
        await PlaceAsync();
        await EventAsync("Normal Scheduled web: Successfully assigned default/web to n1");
        Assert.Equal("n1", _api.Find<V1Pod>("web")!.Spec.NodeName);
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf(pod.Metadata.Uid));
        Assert.True(_state.Contains(pod.Metadata.Uid));
    }

    [Fact]
    public async Task The_next_pod_sees_the_room_that_the_last_one_took_before_its_binding_is_confirmed()
    {
        _changes.Added(Objects.Node("n1", cpu: "1"), true);
        Add("first", cpu: "600m");
        Add("second", cpu: "600m");
        await PlaceAsync();
        await PlaceAsync();
        await EventAsync("Warning FailedScheduling second: 0/1 nodes are available: 1 Insufficient cpu.");
    }

    [Fact]
    public async Task A_pod_that_fits_nowhere_says_why_once_and_waits()
    {
        _changes.Added(Objects.Node("n1", cpu: "1"), true);
        var pod = Add("big", cpu: "2");
        await PlaceAsync();
        await EventAsync("Warning FailedScheduling big: 0/1 nodes are available: 1 Insufficient cpu.");
        await Eventually.True(() => Task.FromResult(Condition("big") is not null), "the condition");
        Assert.Equal(("False", "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu."), (Condition("big")!.Status, Condition("big")!.Reason, Condition("big")!.Message));
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf(pod.Metadata.Uid));
        Assert.Null(PodScheduledCondition.Patch(_api.Find<V1Pod>("big")!, "Unschedulable", "0/1 nodes are available: 1 Insufficient cpu.", _clock.GetUtcNow()));
    }

    [Fact]
    public async Task Room_that_is_freed_wakes_those_who_wait_for_it()
    {
        _changes.Added(Objects.Node("n1", cpu: "1"), true);
        var running = Objects.Pod("running", cpu: "1", node: "n1");
        _changes.Added(running, true);
        var pod = Add("waiting", cpu: "1");
        await PlaceAsync();
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf(pod.Metadata.Uid));
        _changes.Updated(running, running with { Status = new V1PodStatus { Phase = "Succeeded" } });
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf(pod.Metadata.Uid));
        _clock.Advance(TimeSpan.FromSeconds(1));
        await PlaceAsync();
        await EventAsync("Normal Scheduled waiting: Successfully assigned default/waiting to n1");
    }

    [Fact]
    public async Task A_new_node_or_a_change_of_one_wakes_and_a_heartbeat_does_not()
    {
        var pod = Add("waiting");
        await PlaceAsync();
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf(pod.Metadata.Uid));
        var cordoned = Objects.Node("n1", n => n.Spec.Unschedulable = true);
        _changes.Added(cordoned, false);
        await PlaceAsync();
        _clock.Advance(TimeSpan.FromSeconds(2));
        _changes.Updated(cordoned, Objects.Node("n1", n =>
        {
            n.Spec.Unschedulable = true;
            n.Status.Conditions = [new V1NodeCondition { Type = "Ready", Status = "True" }];
        }));
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf(pod.Metadata.Uid));
        _changes.Updated(cordoned, Objects.Node("n1"));
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf(pod.Metadata.Uid));
    }

    [Fact]
    public async Task A_failed_binding_frees_the_room_and_the_pod_is_tried_again()
    {
        _changes.Added(Objects.Node("n1", cpu: "1"), true);
        var pod = Add("web", cpu: "1");
        _api.Refuse("create pods/binding", 500, "InternalError", "out of order");
        await PlaceAsync();
        await EventAsync("Warning FailedScheduling web: binding rejected: out of order");
        Assert.False(_state.Contains(pod.Metadata.Uid));
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf(pod.Metadata.Uid));
        await Eventually.True(() => Task.FromResult(Condition("web")?.Reason == "SchedulerError"), "the condition");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await PlaceAsync();
        await EventAsync("Normal Scheduled web: Successfully assigned default/web to n1");
    }

    [Fact]
    public async Task A_pod_that_was_deleted_meanwhile_frees_its_room_in_silence()
    {
        _changes.Added(Objects.Node("n1"), true);
        var pod = Add("web", cpu: "1");
        _api.Remove<V1Pod>("web");
        await PlaceAsync();
        await Eventually.True(() => Task.FromResult(!_state.Contains(pod.Metadata.Uid)), "the room is free");
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf(pod.Metadata.Uid));
        Assert.Empty(_events.All);
    }

    [Fact]
    public async Task A_pod_of_the_same_name_made_meanwhile_is_not_bound_in_its_place()
    {
        _changes.Added(Objects.Node("n1"), true);
        Add("web");
        _api.Remove<V1Pod>("web");
        _api.Put(Objects.Pod("web", p => p.Metadata.Uid = "another"));
        await PlaceAsync();
        await Eventually.True(() => Task.FromResult(_events.All.Count > 0), "an event");
        Assert.True(string.IsNullOrEmpty(_api.Find<V1Pod>("web")!.Spec.NodeName));
    }

    [Theory]
    [InlineData("another scheduler")]
    [InlineData("gated")]
    [InlineData("terminating")]
    [InlineData("finished")]
    [InlineData("assigned")]
    public void Pods_that_are_not_to_be_placed_do_not_enter_the_queue(string what)
    {
        var pod = Objects.Pod("p", p =>
        {
            if (what == "another scheduler") p.Spec.SchedulerName = "mine";
            if (what == "gated") p.Spec.SchedulingGates = [new V1PodSchedulingGate { Name = "wait" }];
            if (what == "terminating") p.Metadata.DeletionTimestamp = _clock.GetUtcNow().UtcDateTime;
            if (what == "finished") p.Status = new V1PodStatus { Phase = "Failed" };
            if (what == "assigned") p.Spec.NodeName = "n1";
        });
        _changes.Added(pod, true);
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf("p"));
        _changes.Updated(pod, Objects.Pod("p"));
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf("p"));
        _changes.Deleted(Objects.Pod("p"));
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf("p"));
    }

    private V1Pod Add(string name, string? cpu = null)
    {
        var pod = _api.Put(Objects.Pod(name, cpu: cpu));
        _changes.Added(pod, false);
        return pod;
    }

    private async Task PlaceAsync() => _loop.Place(await _queue.TakeAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(30)));

    private Task EventAsync(string text) => Eventually.True(() => Task.FromResult(_events.All.Contains(text)), text);

    private V1PodCondition? Condition(string pod) => _api.Find<V1Pod>(pod)?.Status?.Conditions?.FirstOrDefault(c => c.Type == "PodScheduled");
}
