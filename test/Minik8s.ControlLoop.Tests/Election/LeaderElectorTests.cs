using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Minik8s.Testing;
using Minik8s.Testing.Api;
using Minik8s.Testing.Time;

namespace Minik8s.ControlLoop.Tests.Election;

public sealed class LeaderElectorTests : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly JumpingClock _clock = new();
    private readonly FakeApi _api;

    public LeaderElectorTests() => _api = new FakeApi(_clock);

    public void Dispose() => _api.Dispose();

    [Fact]
    public async Task The_first_makes_the_lease_and_others_wait()
    {
        var (a, b) = (Elector("a"), Elector("b"));
        Assert.True(await a.TryAsync(default));
        Assert.True(a.IsLeader);
        Assert.False(await b.TryAsync(default));
        Assert.False(b.IsLeader);
        var spec = Lease().Spec;
        Assert.Equal(("a", 15, 0), (spec.HolderIdentity, spec.LeaseDurationSeconds, spec.LeaseTransitions));
        Assert.Equal(_clock.GetUtcNow().UtcDateTime, spec.AcquireTime);
        Assert.Equal(spec.AcquireTime, spec.RenewTime);
    }

    [Fact]
    public async Task Renewing_moves_the_time_of_renewal_alone()
    {
        var a = Elector("a");
        await a.TryAsync(default);
        var acquired = Lease().Spec.AcquireTime;
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.True(await a.TryAsync(default));
        Assert.Equal((acquired, _clock.GetUtcNow().UtcDateTime, 0), (Lease().Spec.AcquireTime, Lease().Spec.RenewTime!.Value, Lease().Spec.LeaseTransitions));
    }

    [Fact]
    public async Task A_lease_that_is_not_renewed_is_taken_over_after_its_duration_and_counted()
    {
        var (a, b) = (Elector("a"), Elector("b"));
        await a.TryAsync(default);
        Assert.False(await b.TryAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(await b.TryAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await b.TryAsync(default));
        Assert.Equal(("b", 1), (Lease().Spec.HolderIdentity, Lease().Spec.LeaseTransitions));
        Assert.False(await a.TryAsync(default));
        Assert.False(a.IsLeader);
    }

    [Theory]
    [InlineData(-3600)]
    [InlineData(3600)]
    public async Task The_clock_of_the_holder_does_not_matter(int seconds)
    {
        _api.Put(new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "test", NamespaceProperty = "kube-system" },
            Spec = new V1LeaseSpec { HolderIdentity = "elsewhere", LeaseDurationSeconds = 15, RenewTime = _clock.GetUtcNow().AddSeconds(seconds).UtcDateTime },
        });
        var b = Elector("b");
        Assert.False(await b.TryAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(14));
        Assert.False(await b.TryAsync(default));
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(await b.TryAsync(default));
    }

    [Fact]
    public async Task Setting_the_own_clock_forward_takes_nothing_from_the_holder()
    {
        var (a, b) = (Elector("a"), Elector("b"));
        await a.TryAsync(default);
        await b.TryAsync(default);
        _clock.Jump = TimeSpan.FromHours(1);
        Assert.False(await b.TryAsync(default));
    }

    [Fact]
    public async Task A_lease_that_was_given_back_is_taken_at_once()
    {
        _api.Put(new V1Lease
        {
            Metadata = new V1ObjectMeta { Name = "test", NamespaceProperty = "kube-system" },
            Spec = new V1LeaseSpec { HolderIdentity = "", LeaseDurationSeconds = 1, LeaseTransitions = 4 },
        });
        var a = Elector("a");
        Assert.True(await a.TryAsync(default));
        Assert.Equal(5, Lease().Spec.LeaseTransitions);
    }

    [Fact]
    public async Task Of_two_that_take_over_at_once_one_wins()
    {
        var (a, b, c) = (Elector("a"), Elector("b"), Elector("c"));
        await a.TryAsync(default);
        await b.TryAsync(default);
        await c.TryAsync(default);
        _clock.Advance(TimeSpan.FromSeconds(15));
        _api.Before("update leases", () => Assert.True(c.TryAsync(default).GetAwaiter().GetResult()));
        Assert.False(await b.TryAsync(default));
        Assert.Equal("c", Lease().Spec.HolderIdentity);
        Assert.Equal((false, true), (b.IsLeader, c.IsLeader));
    }

    [Fact]
    public async Task The_work_begins_with_leadership_and_the_lease_is_given_back_after_its_end()
    {
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        string? holderAtEnd = null;
        var running = Elector("a").RunAsync(async token =>
        {
            begun.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                holderAtEnd = Lease().Spec.HolderIdentity;
            }
        }, stop.Token);
        await begun.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal("a", holderAtEnd);
        Assert.Equal(("", 1), (Lease().Spec.HolderIdentity, Lease().Spec.LeaseDurationSeconds));
        Assert.True(await Elector("b").TryAsync(default));
    }

    [Fact]
    public async Task A_leader_that_renews_goes_on_through_short_failures()
    {
        using var stop = new CancellationTokenSource();
        var running = Elector("a").RunAsync(token => Task.Delay(Timeout.Infinite, token), stop.Token);
        await Eventually.True(() => Task.FromResult(_api.Find<V1Lease>("test", "kube-system") is not null), "the lease");
        var first = Lease().Spec.RenewTime;
        _api.Unreachable("get leases", 2);
        await _clock.AdvanceUntilAsync(Step, () => Lease().Spec.RenewTime > first, "a renewal after two failures");
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Fact]
    public async Task A_leader_that_cannot_renew_in_time_stops_its_work_and_says_so()
    {
        var stopped = false;
        var running = Elector("a").RunAsync(async token =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                stopped = true;
            }
        }, default);
        await Eventually.True(() => Task.FromResult(_api.Find<V1Lease>("test", "kube-system") is not null), "the lease");
        _api.Unreachable("get leases", 1000);
        var began = _clock.GetTimestamp();
        await _clock.AdvanceUntilAsync(Step, () => running.IsCompleted, "the end of leadership");
        var e = await Assert.ThrowsAsync<LeadershipLostException>(() => running);
        Assert.Contains("kube-system/test", e.Message, StringComparison.Ordinal);
        Assert.True(stopped);
        Assert.True(_clock.GetElapsedTime(began) >= TimeSpan.FromSeconds(10));
        Assert.Equal("a", Lease().Spec.HolderIdentity);
    }

    [Fact]
    public async Task A_leader_whose_lease_another_holds_stops()
    {
        var running = Elector("a").RunAsync(token => Task.Delay(Timeout.Infinite, token), default);
        await Eventually.True(() => Task.FromResult(_api.Find<V1Lease>("test", "kube-system") is not null), "the lease");
        var lease = Lease();
        lease.Spec.HolderIdentity = "b";
        _api.Put(lease);
        await _clock.AdvanceUntilAsync(Step, () => running.IsCompleted, "the end of leadership");
        await Assert.ThrowsAsync<LeadershipLostException>(() => running);
        Assert.Equal("b", Lease().Spec.HolderIdentity);
    }

    [Fact]
    public async Task Work_that_fails_ends_leadership_with_its_failure()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => Elector("a").RunAsync(_ => throw new InvalidOperationException("broken"), default));
        Assert.Equal("", Lease().Spec.HolderIdentity);
    }

    [Fact]
    public async Task One_that_waits_takes_over_when_the_holder_is_gone()
    {
        await Elector("a").TryAsync(default);
        _api.Refuse("get leases", 500, "InternalError");
        using var stop = new CancellationTokenSource();
        var begun = new TaskCompletionSource();
        var running = Elector("b").RunAsync(token =>
        {
            begun.SetResult();
            return Task.Delay(Timeout.Infinite, token);
        }, stop.Token);
        await _clock.AdvanceUntilAsync(Step, () => begun.Task.IsCompleted, "the take-over");
        Assert.Equal("b", Lease().Spec.HolderIdentity);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    private LeaderElector Elector(string identity) =>
        new(new LeaderElectionOptions { Name = "test", Identity = identity }, _api.Client.Resource<V1Lease>(), NullLogger.Instance, _clock);

    private V1Lease Lease() => _api.Find<V1Lease>("test", "kube-system")!;

    /// <summary>A clock whose date can be set without time passing.</summary>
    private sealed class JumpingClock : FakeTimeProvider
    {
        public TimeSpan Jump { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Jump;

        // The base takes its time stamps from the date.
        public override long GetTimestamp() => base.GetTimestamp() - Jump.Ticks;
    }
}
