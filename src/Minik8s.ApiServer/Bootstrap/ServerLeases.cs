using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Minik8s.Api.Errors;
using Minik8s.Store;

namespace Minik8s.ApiServer.Bootstrap;

/// <summary>
/// Of several API servers on one store each keeps a lease, which ends when the server does; and each keeps the endpoints of the Service <c>kubernetes</c> equal to
/// the leases there are (as https://github.com/kubernetes/kubernetes/blob/master/pkg/controlplane/reconcilers/lease.go does it).
/// </summary>
internal sealed partial class ServerLeases(IStore store, ClusterObjects objects, string address, int port, TimeProvider time, ILogger<ServerLeases> logger)
{
    private const string Prefix = "/registry/masterleases/";
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    private Task _keeping = Task.CompletedTask;

    /// <summary>Fails when the lease can no longer be kept for a reason that nobody foresaw; is cancelled when it is stopped.</summary>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Takes the lease and publishes the servers there are.</summary>
    public async Task JoinAsync(CancellationToken cancellationToken)
    {
        await RenewAsync(cancellationToken);
        await PublishAsync(cancellationToken);
    }

    /// <summary>Keeps the lease, and the endpoints as the leases are, until cancelled.</summary>
    public void Start(CancellationToken stopping)
    {
        _keeping = ForeverAsync(KeepAsync, stopping);
        Completion = Task.WhenAny(_keeping, ForeverAsync(FollowAsync, stopping)).Unwrap();
    }

    /// <summary>Gives the lease up and withdraws this server from the endpoints, so that nobody is sent to it any more.</summary>
    public async Task LeaveAsync(CancellationToken cancellationToken)
    {
        // What is being renewed just now would come after it.
        await _keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await store.WriteAsync(new WriteRequest(Prefix + address, null, null), cancellationToken);
            await PublishAsync(cancellationToken);
        }
        catch (Exception e) when (IsPassing(e) || e is OperationCanceledException)
        {
            // The lease ends by itself, and the other servers publish that.
            LogFailed(e.Message);
        }
    }

    private async Task KeepAsync(CancellationToken stopping)
    {
        while (true)
        {
            await Task.Delay(RenewEvery, time, stopping);
            await RenewAsync(stopping);
        }
    }

    private async Task FollowAsync(CancellationToken stopping)
    {
        var revision = await store.CurrentRevisionAsync(stopping);
        await using var watch = await store.WatchAsync(Prefix, KeyRange.PrefixEnd(Prefix), revision, stopping);
        // What has happened before the watch began.
        await PublishAsync(stopping);
        await foreach (var batch in watch.ReadAllAsync(stopping))
        {
            if (batch.Events.Any(e => e.IsCreate || e.Type == StoreEventType.Delete)) await PublishAsync(stopping);
        }
    }

    private async Task ForeverAsync(Func<CancellationToken, Task> work, CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await work(stopping);
            }
            catch (Exception e) when (IsPassing(e))
            {
                LogFailed(e.Message);
            }

            await Task.Delay(RetryDelay, time, stopping);
        }
    }

    private async Task RenewAsync(CancellationToken cancellationToken)
    {
        var lease = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Endpoints",
            ["subsets"] = new JsonArray(new JsonObject { ["addresses"] = new JsonArray(new JsonObject { ["ip"] = address }) }),
        };
        await store.WriteAsync(new WriteRequest(Prefix + address, Encoding.UTF8.GetBytes(lease.ToJsonString()), null, Life), cancellationToken);
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var leases = await store.RangeAsync(RangeQuery.Prefix(Prefix), cancellationToken);
        var addresses = leases.Items.Select(i => i.Key[Prefix.Length..]).ToList();
        // Without any the endpoints stay as they are: rather a dead address than none, should this be the store's fault.
        if (addresses.Count > 0) await objects.PublishAsync(addresses, port, cancellationToken);
    }

    private static bool IsPassing(Exception e) => e is StoreUnavailableException or StatusException or SlowWatcherException or RevisionCompactedException or TimeoutException;

    [LoggerMessage(LogLevel.Warning, "The lease of this API server, or the endpoints of the Service kubernetes, could not be written; it is tried again: {Reason}")]
    private partial void LogFailed(string reason);
}
