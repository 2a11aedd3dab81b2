using System.Collections.Concurrent;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Minik8s.ControlLoop;
using Minik8s.Kubelet.Cri;
using Minik8s.Kubelet.Pleg;
using Minik8s.Kubelet.Probes;
using Minik8s.Kubelet.Runtime;
using Minik8s.Testing;

namespace Minik8s.Kubelet.Tests.Probes;

public sealed class ProbeManagerTests : IProber, IEventRecorder, IPodWaker, IAsyncDisposable
{
    private readonly ArmedTime _time = new();
    private readonly ConcurrentQueue<string> _events = new();
    private readonly ConcurrentDictionary<V1Probe, int> _asked = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ProbeManager _manager;
    private readonly Task _running;
    private ProbeOutcome _outcome = ProbeOutcome.Success;
    private int _woken;

    public ProbeManagerTests()
    {
        _manager = new ProbeManager(this, this, _time);
        _running = _manager.RunAsync(this, _stop.Token);
    }

    [Fact]
    public async Task Readiness_is_false_at_first_and_follows_its_thresholds()
    {
        var container = new V1Container { Name = "c", ReadinessProbe = new V1Probe { InitialDelaySeconds = 5, PeriodSeconds = 10, SuccessThreshold = 2, FailureThreshold = 2 } };
        Follow(container, "one");
        Assert.Equal((true, false), _manager.Health("uid", "one"));
        await AdvanceAsync(4);
        Assert.Empty(_asked);
        await AskedAfter(1, container.ReadinessProbe, 1);
        Assert.False(_manager.Health("uid", "one").Ready);
        await AskedAfter(10, container.ReadinessProbe, 2);
        await Eventually.True(() => Task.FromResult(_manager.Health("uid", "one").Ready && _woken == 1), "ready and told");
        _outcome = ProbeOutcome.Failure("no");
        await AskedAfter(10, container.ReadinessProbe, 3);
        Assert.True(_manager.Health("uid", "one").Ready);
        await AskedAfter(10, container.ReadinessProbe, 4);
        await Eventually.True(() => Task.FromResult(!_manager.Health("uid", "one").Ready && _woken == 2), "not ready and told");
        await Eventually.True(() => Task.FromResult(_events.Count == 2), "an event for each failure");
        Assert.All(_events, e => Assert.Equal("Warning Unhealthy Readiness probe failed: no", e));
        // Its next run begins anew.
        Follow(container, "two");
        Assert.Equal((true, false), _manager.Health("uid", "two"));
    }

    [Fact]
    public async Task The_others_wait_for_the_startup_probe()
    {
        var container = new V1Container { Name = "c", StartupProbe = new V1Probe { PeriodSeconds = 1 }, LivenessProbe = new V1Probe { PeriodSeconds = 1, FailureThreshold = 1 } };
        _outcome = ProbeOutcome.Failure("not yet");
        Follow(container, "one");
        await AskedAfter(0, container.StartupProbe, 1);
        Assert.Equal((false, false), _manager.Health("uid", "one"));
        Assert.False(_asked.ContainsKey(container.LivenessProbe));
        _outcome = ProbeOutcome.Success;
        await AskedAfter(1, container.StartupProbe, 2);
        await AskedAfter(0, container.LivenessProbe, 1);
        Assert.Equal((true, true), _manager.Health("uid", "one"));
        Assert.Null(_manager.Fatal("uid", "one"));
        _outcome = ProbeOutcome.Failure("dead");
        await AskedAfter(1, container.LivenessProbe, 2);
        await Eventually.True(() => Task.FromResult(_manager.Fatal("uid", "one")?.Kind == ProbeKind.Liveness), "the container is to be ended");
        Assert.Equal(2, _asked[container.StartupProbe]);
    }

    [Fact]
    public void Readiness_reported_of_the_same_run_outlives_the_kubelet()
    {
        var container = new V1Container { Name = "c", StartupProbe = new V1Probe(), ReadinessProbe = new V1Probe() };
        var before = new V1ContainerStatus { Name = "c", ContainerID = "containerd://one", Ready = true, Started = true };
        Follow(container, "one", before);
        Assert.Equal((true, true), _manager.Health("uid", "one"));
        Follow(container, "two", before);
        Assert.Equal((false, false), _manager.Health("uid", "two"));
    }

    Task<ProbeOutcome> IProber.ProbeAsync(V1Probe probe, ProbeTarget target, CancellationToken cancellationToken)
    {
        var outcome = _outcome;
        _asked.AddOrUpdate(probe, 1, (_, n) => n + 1);
        return Task.FromResult(outcome);
    }

    void IEventRecorder.Record(V1ObjectReference about, EventType type, string reason, string message) => _events.Enqueue($"{type} {reason} {message}");

    void IPodWaker.Changed(string? uid) => Interlocked.Increment(ref _woken);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _running);
        _stop.Dispose();
    }

    private void Follow(V1Container container, string id, V1ContainerStatus? before = null)
    {
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = "p", NamespaceProperty = "default", Uid = "uid" },
            Spec = new V1PodSpec { Containers = [container] },
            Status = new V1PodStatus { ContainerStatuses = before is null ? null : [before] },
        };
        var run = new ContainerStatus
        {
            Id = id, State = ContainerState.ContainerRunning, Metadata = new ContainerMetadata { Name = container.Name }, StartedAt = (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * 100,
        };
        _manager.Follow(pod, new PodView("uid", [], [run]), "10.0.0.1");
    }

    /// <summary>Lets time pass, and waits until the probe has been asked that often and no more.</summary>
    private async Task AskedAfter(int seconds, V1Probe probe, int times)
    {
        if (seconds > 0) await AdvanceAsync(seconds);
        await Eventually.True(() => Task.FromResult(_asked.GetValueOrDefault(probe) >= times), $"asked {times} times");
        Assert.Equal(times, _asked[probe]);
    }

    /// <summary>Lets time pass once the loop sleeps towards its next attempt.</summary>
    private async Task AdvanceAsync(int seconds)
    {
        await Eventually.True(() => Task.FromResult(_time.Armed > _time.GetUtcNow()), "the loop sleeps");
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    /// <summary>A clock that knows until when somebody sleeps.</summary>
    private sealed class ArmedTime() : FakeTimeProvider(DateTimeOffset.UnixEpoch.AddDays(1))
    {
        private long _armed;

        public DateTimeOffset Armed => new(Interlocked.Read(ref _armed), TimeSpan.Zero);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime > TimeSpan.Zero) Interlocked.Exchange(ref _armed, (GetUtcNow() + dueTime).UtcTicks);
            return timer;
        }
    }
}
