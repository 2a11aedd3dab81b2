using Microsoft.Extensions.Time.Testing;
using Minik8s.ApiServer.FlowControl;

namespace Minik8s.ApiServer.Tests.FlowControl;

public sealed class FairQueueTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task As_many_as_there_are_seats_run_at_once_and_the_next_waits_for_one_to_leave()
    {
        var queue = Queue(seats: 2);
        var first = await queue.EnterAsync("a", default);
        using var second = await queue.EnterAsync("a", default);
        var third = queue.EnterAsync("a", default).AsTask();
        Assert.False(third.IsCompleted);
        first!.Dispose();
        first.Dispose();
        Assert.NotNull(await third);
        Assert.Equal(2, queue.Running);
        (await third)!.Dispose();
        Assert.Equal(1, queue.Running);
    }

    [Fact]
    public async Task Flows_take_turns_so_that_a_quiet_client_overtakes_a_noisy_one()
    {
        var queue = Queue(seats: 1);
        var seat = await queue.EnterAsync("noisy", default);
        var noisy = Enumerable.Range(0, 50).Select(_ => queue.EnterAsync("noisy", default).AsTask()).ToList();
        var quiet = queue.EnterAsync("quiet", default).AsTask();
        seat!.Dispose();
        (await noisy[0])!.Dispose();
        // The quiet one's turn comes second, though fifty were there before it.
        Assert.NotNull(await quiet);
        Assert.Equal(49, noisy.Count(n => !n.IsCompleted));
    }

    [Fact]
    public async Task A_full_queue_refuses_at_once()
    {
        var queue = Queue(seats: 1, length: 3, ofFlow: 2);
        using var seat = await queue.EnterAsync("a", default);
        _ = queue.EnterAsync("a", default).AsTask();
        _ = queue.EnterAsync("a", default).AsTask();
        Assert.Null(await queue.EnterAsync("a", default));
        _ = queue.EnterAsync("b", default).AsTask();
        Assert.Null(await queue.EnterAsync("b", default));
    }

    [Fact]
    public async Task Whoever_waits_too_long_is_refused_and_leaves_its_place()
    {
        var queue = Queue(seats: 1, length: 1);
        var seat = await queue.EnterAsync("a", default);
        var late = queue.EnterAsync("b", default).AsTask();
        _time.Advance(TimeSpan.FromSeconds(16));
        Assert.Null(await late);
        Assert.Equal(0, queue.Waiting);
        var next = queue.EnterAsync("b", default).AsTask();
        seat!.Dispose();
        Assert.NotNull(await next);
    }

    [Fact]
    public async Task A_client_that_hangs_up_while_it_waits_takes_no_seat()
    {
        var queue = Queue(seats: 1);
        var seat = await queue.EnterAsync("a", default);
        using var hangUp = new CancellationTokenSource();
        var gone = queue.EnterAsync("b", hangUp.Token).AsTask();
        await hangUp.CancelAsync();
        await Assert.ThrowsAsync<OperationCanceledException>(() => gone);
        seat!.Dispose();
        Assert.Equal(0, queue.Running);
        Assert.Equal(0, queue.Waiting);
    }

    [Fact]
    public async Task Under_many_threads_no_seat_is_lost_and_none_is_given_twice()
    {
        var queue = new FairQueue(new(3, 100_000, 100_000, TimeSpan.FromMinutes(5)), TimeProvider.System);
        int inside = 0, most = 0, served = 0;
        await Task.WhenAll(Enumerable.Range(0, 16).Select(t => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                using var seat = await queue.EnterAsync($"flow-{(t + i) % 5}", default);
                Assert.NotNull(seat);
                var now = Interlocked.Increment(ref inside);
                InterlockedMax(ref most, now);
                await Task.Yield();
                Interlocked.Decrement(ref inside);
                Interlocked.Increment(ref served);
            }
        })));
        Assert.Equal(8000, served);
        Assert.InRange(most, 1, 3);
        Assert.Equal(0, queue.Running);
    }

    private FairQueue Queue(int seats, int length = 100, int ofFlow = 60) => new(new(seats, length, ofFlow, TimeSpan.FromSeconds(15)), _time);

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value;)
        {
            var before = Interlocked.CompareExchange(ref target, value, seen);
            if (before == seen) return;
            seen = before;
        }
    }
}
