using Grpc.Core;
using Microsoft.Extensions.Logging;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Etcd;

/// <summary>
/// Follows etcd's log and publishes it to the watchers of this process: one stream, however many watchers. It goes on after a failure where it was, at another
/// member if need be; the watchers notice nothing, unless history was compacted meanwhile.
/// </summary>
internal sealed partial class EtcdFeed(EtcdLog log, WatchHub hub, Func<CancellationToken, Task<long>> readRevision, string endpoints, ILogger logger)
{
    private static readonly TimeSpan ShortestDelay = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>Follows until cancelled.</summary>
    /// <param name="following">Called whenever it has begun to follow.</param>
    /// <param name="stopping">Ends it.</param>
    /// <exception cref="StoreUnavailableException">etcd is no longer what it was; this process must not go on with what it knows.</exception>
    public async Task RunAsync(Action following, CancellationToken stopping)
    {
        var delay = ShortestDelay;
        var lost = false;
        while (true)
        {
            try
            {
                await FollowAsync(
                    () =>
                    {
                        delay = ShortestDelay;
                        if (lost) LogFound(hub.Published);
                        lost = false;
                        following();
                    },
                    stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (RevisionCompactedException e)
            {
                LogCompacted(e.Requested, e.Floor);
                if (await RevisionAsync(stopping) is { } revision) hub.Restart(revision, e);
            }
            catch (RpcException e) when (!EtcdFailure.IsTransient(e))
            {
                throw EtcdFailure.Tell(e, endpoints, TimeSpan.Zero);
            }
            catch (RpcException e)
            {
                if (!lost) LogLost(e.Status.Detail);
                lost = true;
            }

            try
            {
                await Task.Delay(delay, stopping);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
        }
    }

    private async Task FollowAsync(Action begun, CancellationToken stopping)
    {
        var published = hub.Published;
        await foreach (var batch in log.ReadAsync(published, CheckAsync, stopping)) hub.Publish(batch.Revision, batch.Events);

        // Once the watch is there: one that was taken by an etcd that knows less would wait in silence.
        async Task CheckAsync()
        {
            var revision = await RevisionAsync(stopping) ?? throw new RpcException(new Status(StatusCode.Unavailable, "the revision cannot be read"));
            if (revision < published)
            {
                throw new StoreUnavailableException(
                    $"etcd has gone back from revision {published} to {revision}: it was restored from a backup or replaced; every API server has to be started again to forget what it knew");
            }

            begun();
        }
    }

    /// <summary>The revision of etcd now; null when it does not answer.</summary>
    private async Task<long?> RevisionAsync(CancellationToken stopping)
    {
        try
        {
            return await readRevision(stopping);
        }
        catch (StoreUnavailableException)
        {
            // The next call of the loop meets, and reports, the same.
            stopping.ThrowIfCancellationRequested();
            return null;
        }
    }

    [LoggerMessage(LogLevel.Warning, "The watch on etcd was lost and is begun again: {Reason}")]
    private partial void LogLost(string reason);

    [LoggerMessage(LogLevel.Information, "The watch on etcd goes on after revision {Revision}")]
    private partial void LogFound(long revision);

    [LoggerMessage(LogLevel.Warning, "The watch on etcd cannot go on after revision {Revision}: history before {Floor} was compacted meanwhile")]
    private partial void LogCompacted(long revision, long floor);
}
