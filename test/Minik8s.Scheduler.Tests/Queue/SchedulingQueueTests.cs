using Microsoft.Extensions.Time.Testing;
using Minik8s.Scheduler.Filters;
using Minik8s.Scheduler.Queue;

namespace Minik8s.Scheduler.Tests.Queue;

public sealed class SchedulingQueueTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly SchedulingQueue _queue;

    public SchedulingQueueTests() => _queue = new SchedulingQueue(new SchedulerOptions(), _clock);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Pods_come_by_priority_and_then_by_age()
    {
        _queue.Set(Objects.Info("first"), false);
        _queue.Set(Objects.Info("second"), false);
        _queue.Set(Objects.Info("urgent", priority: 1000), false);
        _queue.Set(Objects.Info("lowly", priority: -5), false);
        foreach (var expected in new[] { "urgent", "first", "second", "lowly" }) Assert.Equal(expected, (await TakeAsync()).Pod.Key.Name);
    }

    [Fact]
    public async Task A_pod_that_is_set_again_is_given_out_once_and_in_its_newest_state()
    {
        _queue.Set(Objects.Info("a"), false);
        _queue.Set(Objects.Info("a", priority: 0, cpu: "2"), true);
        _queue.Set(Objects.Info("b"), false);
        Assert.Equal(2000, (await TakeAsync()).Pod.Placed.Requests["cpu"]);
        Assert.Equal("b", (await TakeAsync()).Pod.Key.Name);
    }

    [Fact]
    public async Task A_removed_pod_is_not_given_out()
    {
        _queue.Set(Objects.Info("a"), false);
        _queue.Set(Objects.Info("b"), false);
        _queue.Remove("a");
        Assert.Equal("b", (await TakeAsync()).Pod.Key.Name);
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf("a"));
    }

    [Fact]
    public async Task A_pod_that_fits_nowhere_waits_for_what_its_filters_care_about()
    {
        await FailAsync("a", WakeUps.Node);
        _clock.Advance(TimeSpan.FromSeconds(30));
        _queue.Wake(WakeUps.PodRemoved);
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf("a"));
        _queue.Wake(WakeUps.Node);
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf("a"));
        Assert.Equal("a", (await TakeAsync()).Pod.Key.Name);
    }

    [Fact]
    public async Task One_woken_just_after_it_failed_first_waits_its_back_off_out()
    {
        await FailAsync("a", WakeUps.Node);
        _queue.Wake(WakeUps.Node);
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf("a"));
        _clock.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf("a"));
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf("a"));
    }

    [Fact]
    public async Task The_back_off_doubles_up_to_its_limit()
    {
        _queue.Set(Objects.Info("a"), false);
        foreach (var seconds in new[] { 1, 2, 4, 8, 10, 10 })
        {
            _queue.Failed(await TakeAsync());
            _clock.Advance(TimeSpan.FromSeconds(seconds) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf("a"));
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal(QueuePlace.Active, _queue.PlaceOf("a"));
        }
    }

    [Fact]
    public async Task What_happens_while_a_pod_is_being_placed_is_not_missed()
    {
        _queue.Set(Objects.Info("a"), false);
        var entry = await TakeAsync();
        _queue.Wake(WakeUps.Node);
        _queue.FitsNowhere(entry, WakeUps.Node);
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf("a"));

        _queue.Set(Objects.Info("b"), false);
        entry = await TakeAsync();
        _queue.Wake(WakeUps.PodRemoved);
        _queue.FitsNowhere(entry, WakeUps.Node);
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf("b"));
    }

    [Fact]
    public async Task A_change_of_the_pod_itself_wakes_it_and_one_of_its_status_does_not()
    {
        await FailAsync("a", WakeUps.Node);
        _clock.Advance(TimeSpan.FromSeconds(10));
        _queue.Set(Objects.Info("a"), changed: false);
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf("a"));
        _queue.Set(Objects.Info("a"), changed: true);
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf("a"));

        var entry = await TakeAsync();
        _queue.Set(Objects.Info("a"), changed: true);
        _queue.FitsNowhere(entry, WakeUps.Node);
        Assert.Equal(QueuePlace.BackOff, _queue.PlaceOf("a"));
    }

    [Fact]
    public async Task A_pod_is_tried_again_after_five_minutes_even_where_nothing_happens()
    {
        await FailAsync("a", WakeUps.Node);
        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Equal(QueuePlace.Unschedulable, _queue.PlaceOf("a"));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(QueuePlace.Active, _queue.PlaceOf("a"));
    }

    [Fact]
    public async Task A_pod_removed_while_it_is_being_placed_does_not_come_back()
    {
        _queue.Set(Objects.Info("a"), false);
        var entry = await TakeAsync();
        _queue.Remove("a");
        _queue.Failed(entry);
        _queue.FitsNowhere(entry, WakeUps.Node);
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(QueuePlace.Gone, _queue.PlaceOf("a"));
    }

    [Fact]
    public async Task A_taker_waits_for_the_next_pod()
    {
        var taking = TakeAsync();
        Assert.False(taking.IsCompleted);
        _queue.Set(Objects.Info("a"), false);
        Assert.Equal("a", (await taking).Pod.Key.Name);
    }

    private async Task FailAsync(string name, WakeUps wakeUps)
    {
        _queue.Set(Objects.Info(name), false);
        _queue.FitsNowhere(await TakeAsync(), wakeUps);
    }

    private Task<QueuedPod> TakeAsync() => _queue.TakeAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
