using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;

namespace Minik8s.ControlLoop.Tests.Queue;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new WorkQueue<string>("test", _clock);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Keys_come_in_the_order_in_which_they_were_added_and_each_once()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");
        Assert.Equal(2, _queue.Count);
        Assert.Equal("a", await TakeAsync());
        Assert.Equal("b", await TakeAsync());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_key_added_while_a_worker_has_it_is_given_out_again_only_when_that_is_done()
    {
        _queue.Add("a");
        Assert.Equal("a", await TakeAsync());
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Count);
        var next = TakeAsync();
        Assert.False(next.IsCompleted);
        _queue.Done("a");
        Assert.Equal("a", await next);
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_key_that_is_done_without_being_added_again_does_not_return()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
        _queue.Add("a");
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public async Task A_delayed_key_comes_at_its_time()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("now", TimeSpan.Zero);
        Assert.Equal("now", await TakeAsync());
        _clock.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(0, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task Of_several_delays_of_a_key_the_earliest_counts_and_the_others_are_dropped()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(2));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a");
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Delayed_keys_come_by_time_not_by_order_of_adding()
    {
        _queue.AddAfter("late", TimeSpan.FromSeconds(3));
        _queue.AddAfter("early", TimeSpan.FromSeconds(1));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(2, _queue.Count);
    }

    [Fact]
    public async Task Failures_double_the_delay_and_success_starts_anew()
    {
        double[] expected = [5, 10, 20, 40];
        foreach (var milliseconds in expected)
        {
            _queue.AddRateLimited("a");
            _clock.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
            Assert.Equal(0, _queue.Count);
            _clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.Equal("a", await TakeAsync());
            _queue.Done("a");
        }

        Assert.Equal(4, _queue.Requeues("a"));
        Assert.Equal(0, _queue.Requeues("b"));
        _queue.Forget("a");
        Assert.Equal(0, _queue.Requeues("a"));
        _queue.AddRateLimited("a");
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public void The_delay_has_a_limit_however_often_a_key_fails()
    {
        var backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
        Assert.Equal([1, 2, 4, 8, 16, 30, 30], Enumerable.Range(0, 7).Select(n => backOff.Delay(n).TotalSeconds));
        Assert.Equal(TimeSpan.FromSeconds(30), backOff.Delay(int.MaxValue));
        Assert.Equal(TimeSpan.FromSeconds(1), backOff.Delay(-1));
        Assert.InRange(backOff.DelayWithJitter(1, new Random(1)), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task A_queue_that_is_shut_down_gives_out_what_is_ready_and_takes_nothing_more()
    {
        _queue.Add("ready");
        _queue.AddAfter("later", TimeSpan.FromSeconds(1));
        _queue.ShutDown();
        Assert.True(_queue.IsShutDown);
        _queue.Add("new");
        _queue.AddAfter("newer", TimeSpan.FromSeconds(1));
        _queue.AddRateLimited("newest");
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("ready", await TakeAsync());
        Assert.False((await _queue.TakeAsync(default)).HasKey);
    }

    [Fact]
    public async Task Shutting_down_wakes_those_who_wait()
    {
        var waiting = Enumerable.Range(0, 3).Select(_ => _queue.TakeAsync(default).AsTask()).ToList();
        _queue.ShutDown();
        foreach (var item in await Task.WhenAll(waiting).WaitAsync(Limit)) Assert.False(item.HasKey);
    }

    [Fact]
    public async Task Draining_waits_for_the_keys_that_workers_have_also_those_added_again_before()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        var drained = _queue.ShutDownWithDrainAsync(default);
        _queue.Done("a");
        Assert.False(drained.IsCompleted);
        Assert.Equal("a", await TakeAsync());
        Assert.False(drained.IsCompleted);
        _queue.Done("a");
        await drained.WaitAsync(Limit);
        await _queue.ShutDownWithDrainAsync(default).WaitAsync(Limit);
    }

    [Fact]
    public async Task Draining_can_be_given_up()
    {
        _queue.Add("stuck");
        await TakeAsync();
        using var cancel = new CancellationTokenSource();
        var drained = _queue.ShutDownWithDrainAsync(cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => drained);
    }

    [Fact]
    public async Task A_key_is_not_lost_to_a_taker_who_has_given_up()
    {
        using var cancel = new CancellationTokenSource();
        var gaveUp = _queue.TakeAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gaveUp);
        _queue.Add("a");
        Assert.Equal("a", await TakeAsync());
    }

    [Fact]
    public async Task Many_workers_never_have_one_key_at_the_same_time_and_miss_no_change()
    {
        const int keys = 8, changes = 4000;
        using var queue = new WorkQueue<int>("busy", TimeProvider.System);
        var wanted = new int[keys];
        var seen = new int[keys];
        var holders = new int[keys];
        var overlaps = new ConcurrentBag<int>();
        var workers = Enumerable.Range(0, 6).Select(_ => Task.Run(async () =>
        {
            while (await queue.TakeAsync(default) is { HasKey: true, Key: var key })
            {
                if (Interlocked.Increment(ref holders[key]) != 1) overlaps.Add(key);
                seen[key] = Volatile.Read(ref wanted[key]);
                await Task.Yield();
                Interlocked.Decrement(ref holders[key]);
                queue.Done(key);
            }
        })).ToList();
        await Task.WhenAll(Enumerable.Range(0, 3).Select(producer => Task.Run(() =>
        {
            for (var i = 0; i < changes; i++)
            {
                var key = (i + producer) % keys;
                Interlocked.Increment(ref wanted[key]);
                queue.Add(key);
            }
        })));
        await queue.ShutDownWithDrainAsync(default).WaitAsync(Limit);
        await Task.WhenAll(workers).WaitAsync(Limit);
        Assert.Empty(overlaps);
        Assert.Equal(wanted, seen);
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private async Task<string> TakeAsync()
    {
        var item = await _queue.TakeAsync(default).AsTask().WaitAsync(Limit);
        Assert.True(item.HasKey);
        return item.Key;
    }
}
