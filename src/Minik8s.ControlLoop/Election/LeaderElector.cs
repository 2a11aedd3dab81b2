using k8s.Models;
using Microsoft.Extensions.Logging;
using Minik8s.Client;

namespace Minik8s.ControlLoop;

/// <summary>
/// Lets one of several instances work, by a coordination/v1 Lease (client-go's leaderelection). Clocks of different machines are never compared:
/// an instance counts, by its own clock, how long it has seen the lease unchanged.
/// </summary>
public sealed class LeaderElector(LeaderElectionOptions options, ResourceClient<V1Lease> leases, ILogger logger, TimeProvider time)
{
    private const double Jitter = 1.2;
    private V1Lease? _observed;
    private long _observedAt;

    /// <summary>Whether this instance holds the lease, as far as it knows.</summary>
    public bool IsLeader => _observed?.Spec?.HolderIdentity == options.Identity;

    private string LeaseName => $"{options.Namespace}/{options.Name}";

    /// <summary>Waits for leadership, then runs the work. When cancelled it ends the work first and then gives the lease back, so that the next leader need not wait.</summary>
    /// <exception cref="LeadershipLostException">The lease was lost; the work was cancelled and has ended.</exception>
    public async Task RunAsync(Func<CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        await AcquireAsync(cancellationToken);
        ElectionLog.Leading(logger, options.Identity, LeaseName);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = Task.Run(() => work(stop.Token), CancellationToken.None);
        var renewing = RenewAsync(stop.Token);
        try
        {
            await await Task.WhenAny(working, renewing);
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(working, renewing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (renewing.Exception is null) await ReleaseAsync();
        }
    }

    private async Task AcquireAsync(CancellationToken cancellationToken)
    {
        ElectionLog.Waiting(logger, options.Identity, LeaseName);
        while (true)
        {
            try
            {
                if (await TryAsync(cancellationToken)) return;
            }
            catch (Exception e) when (IsTransient(e))
            {
                ElectionLog.Failed(logger, LeaseName, e.Message);
            }

            await Task.Delay(options.RetryPeriod * (1 + Random.Shared.NextDouble() * Jitter), time, cancellationToken);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var renewed = time.GetTimestamp();
        Exception? last = null;
        while (true)
        {
            await Task.Delay(options.RetryPeriod, time, cancellationToken);
            var left = options.RenewDeadline - time.GetElapsedTime(renewed);
            if (left <= TimeSpan.Zero) throw new LeadershipLostException(LeaseName, last);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            // A server that does not answer must not keep this instance believing in its lease.
            await using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), deadline, left, Timeout.InfiniteTimeSpan);
            var started = time.GetTimestamp();
            try
            {
                if (await TryAsync(deadline.Token))
                {
                    renewed = started;
                    last = null;
                }
                else if (!IsLeader)
                {
                    throw new LeadershipLostException(LeaseName, null);
                }
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new LeadershipLostException(LeaseName, e);
            }
            catch (Exception e) when (IsTransient(e))
            {
                last = e;
                ElectionLog.Failed(logger, LeaseName, e.Message);
            }
        }
    }

    /// <summary>Takes or renews the lease, if that can be done now.</summary>
    internal async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        V1Lease present;
        try
        {
            present = await leases.GetAsync(options.Name, options.Namespace, cancellationToken);
        }
        catch (ApiException e) when (e.IsNotFound)
        {
            Observe(await leases.CreateAsync(
                new V1Lease
                {
                    Metadata = new V1ObjectMeta { Name = options.Name, NamespaceProperty = options.Namespace },
                    Spec = Claim(now, now, 0),
                },
                cancellationToken));
            return true;
        }

        if (_observed?.Metadata.ResourceVersion != present.Metadata.ResourceVersion) Observe(present);
        var spec = present.Spec;
        var held = !string.IsNullOrEmpty(spec?.HolderIdentity);
        var own = spec?.HolderIdentity == options.Identity;
        if (held && !own && time.GetElapsedTime(_observedAt) < TimeSpan.FromSeconds(spec?.LeaseDurationSeconds ?? 0)) return false;
        var acquired = own && spec?.AcquireTime is { } since ? new DateTimeOffset(since) : now;
        var transitions = (spec?.LeaseTransitions ?? 0) + (own ? 0 : 1);
        try
        {
            // The resource version in it makes the take-over a compare-and-swap.
            Observe(await leases.UpdateAsync(present with { Spec = Claim(acquired, now, transitions) }, cancellationToken));
            return true;
        }
        catch (ApiException e) when (e.IsConflict)
        {
            return false;
        }
    }

    private async Task ReleaseAsync()
    {
        if (_observed is not { } held || !IsLeader) return;
        var now = time.GetUtcNow().UtcDateTime;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), time);
        try
        {
            var spec = new V1LeaseSpec { HolderIdentity = "", LeaseDurationSeconds = 1, LeaseTransitions = held.Spec.LeaseTransitions, AcquireTime = now, RenewTime = now };
            Observe(await leases.UpdateAsync(held with { Spec = spec }, limit.Token));
        }
        catch (Exception e) when (IsTransient(e) || e is OperationCanceledException)
        {
            // It expires by itself.
            ElectionLog.Failed(logger, LeaseName, e.Message);
        }
    }

    private V1LeaseSpec Claim(DateTimeOffset acquired, DateTimeOffset renewed, int transitions) => new()
    {
        HolderIdentity = options.Identity,
        LeaseDurationSeconds = (int)options.LeaseDuration.TotalSeconds,
        AcquireTime = acquired.UtcDateTime,
        RenewTime = renewed.UtcDateTime,
        LeaseTransitions = transitions,
    };

    private void Observe(V1Lease lease)
    {
        if (_observed?.Spec?.HolderIdentity != lease.Spec?.HolderIdentity) ElectionLog.Holder(logger, LeaseName, lease.Spec?.HolderIdentity ?? "");
        _observed = lease;
        // Not the wall clock: somebody may set it.
        _observedAt = time.GetTimestamp();
    }

    private static bool IsTransient(Exception e) => e is ApiException or HttpRequestException or IOException or TimeoutException;
}
