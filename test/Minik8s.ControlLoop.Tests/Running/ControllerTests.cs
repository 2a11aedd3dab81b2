using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Client;
using Minik8s.Testing;

namespace Minik8s.ControlLoop.Tests.Running;

public sealed class ControllerTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly WorkQueue<string> _queue;

    public ControllerTests() => _queue = new WorkQueue<string>("test", _clock);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task Success_forgets_former_failures_and_asks_for_nothing()
    {
        _queue.AddRateLimited("a");
        await Make((_, _) => Task.FromResult(ReconcileResult.Done)).ProcessAsync("a", default);
        Assert.Equal(0, _queue.Requeues("a"));
    }

    [Fact]
    public async Task A_reconcile_may_ask_to_be_called_again_after_a_time()
    {
        await Make((_, _) => Task.FromResult(ReconcileResult.After(TimeSpan.FromMinutes(3)))).ProcessAsync("a", default);
        Assert.Equal(0, _queue.Requeues("a"));
        _clock.Advance(TimeSpan.FromSeconds(179));
        Assert.Equal(0, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, _queue.Count);
    }

    [Theory]
    [InlineData("again")]
    [InlineData("conflict")]
    [InlineData("failure")]
    [InlineData("timeout")]
    public async Task Whatever_did_not_succeed_comes_back_with_a_growing_delay(string what)
    {
        var controller = Make((_, _) => what switch
        {
            "again" => Task.FromResult(ReconcileResult.Again),
            "conflict" => throw new ApiException(409, "Conflict", "the object has been modified"),
            "timeout" => throw new OperationCanceledException("of something else than the controller"),
            _ => throw new InvalidOperationException("broken"),
        });
        await controller.ProcessAsync("a", default);
        await controller.ProcessAsync("a", default);
        Assert.Equal(2, _queue.Requeues("a"));
        _clock.Advance(TimeSpan.FromMilliseconds(5));
        Assert.Equal(1, _queue.Count);
    }

    [Fact]
    public async Task It_begins_when_its_informers_have_synced_and_ends_when_cancelled()
    {
        var informer = new ManualInformer();
        var seen = new ConcurrentQueue<string>();
        using var stop = new CancellationTokenSource();
        _queue.Add("a");
        var running = Make((key, _) =>
        {
            seen.Enqueue(key);
            return Task.FromResult(ReconcileResult.Done);
        }).RunAsync([informer], stop.Token);
        Assert.Equal(1, _queue.Count);
        informer.Synced.SetResult();
        await Eventually.True(() => Task.FromResult(seen.Count == 1), "a is reconciled");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.True(_queue.IsShutDown);
    }

    [Fact]
    public async Task A_failing_key_does_not_keep_others_from_their_turn()
    {
        using var stop = new CancellationTokenSource();
        var done = new TaskCompletionSource();
        var running = Make((key, _) =>
        {
            if (key == "bad") throw new InvalidOperationException("always");
            done.TrySetResult();
            return Task.FromResult(ReconcileResult.Done);
        }).RunAsync([], stop.Token);
        _queue.Add("bad");
        _queue.Add("good");
        await done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task Several_workers_take_different_keys_at_a_time_and_one_key_only_once()
    {
        using var stop = new CancellationTokenSource();
        var release = new TaskCompletionSource();
        var busy = new ConcurrentBag<string>();
        var running = Make(async (key, _) =>
        {
            busy.Add(key);
            await release.Task;
            return ReconcileResult.Done;
        }, workers: 3).RunAsync([], stop.Token);
        _queue.Add("a");
        _queue.Add("b");
        await Eventually.True(() => Task.FromResult(busy.Count == 2), "two keys at a time");
        _queue.Add("a");
        _queue.Add("c");
        await Eventually.True(() => Task.FromResult(busy.Count == 3), "the third worker takes c, not a");
        Assert.Equal(["a", "b", "c"], busy.Order());
        release.SetResult();
        await Eventually.True(() => Task.FromResult(busy.Count == 4), "a again");
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_queue_shut_down_under_it_is_a_failure_of_the_loop()
    {
        _queue.ShutDown();
        await Assert.ThrowsAsync<InvalidOperationException>(() => Make((_, _) => Task.FromResult(ReconcileResult.Done)).RunAsync([], default));
    }

    private Controller<string> Make(Func<string, CancellationToken, Task<ReconcileResult>> reconcile, int workers = 1) => new("test", _queue, reconcile, NullLogger.Instance, workers);

    private sealed class ManualInformer : IInformer
    {
        public TaskCompletionSource Synced { get; } = new();

        public string Name => "manual";

        public bool HasSynced => Synced.Task.IsCompleted;

        public Task WaitForSyncAsync(CancellationToken cancellationToken) => Synced.Task.WaitAsync(cancellationToken);

        public Task RunAsync(CancellationToken cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken);
    }
}
