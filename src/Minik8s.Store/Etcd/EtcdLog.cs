using System.Runtime.CompilerServices;
using Grpc.Core;
using Grpc.Net.Client;

namespace Minik8s.Store.Etcd;

/// <summary>
/// etcd's history as one ordered log. It is watched over the whole key space, where every revision has at least one event: so a reader knows exactly up to
/// where it is complete, and that nothing is missing. (A watch of a part of the keys learns that only from progress notices, which servers before 3.4.25 and
/// 3.5.8 send ahead of events: https://github.com/etcd-io/etcd/issues/15220.)
/// </summary>
internal sealed class EtcdLog(EtcdConnection connection, EtcdKeys keys)
{
    // Ends the stream when the member has lost the others, so that another one is tried.
    private static readonly Metadata RequireLeader = new() { { "hasleader", "true" } };

    private static readonly TimeSpan CreateTimeout = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The events after a revision, in order, in batches that end with a whole revision; events of others are left out, so a batch may be empty. Ends only with a failure.
    /// </summary>
    /// <param name="after">The last revision that the reader has.</param>
    /// <param name="begun">Called when the member has accepted the watch.</param>
    /// <param name="cancellationToken">Ends the watch.</param>
    /// <exception cref="RevisionCompactedException">History after the revision is no longer complete.</exception>
    /// <exception cref="RpcException">The member failed; go on at another after the last revision read.</exception>
    public async IAsyncEnumerable<WatchBatch> ReadAsync(long after, Func<Task>? begun, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var member = connection.Member;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, connection.Closed);
        using var call = new Wire.Watch.WatchClient(member).Watch(RequireLeader, cancellationToken: ending.Token);
        var responses = await BeginAsync(call, member, after, ending.Token);
        if (begun is not null) await begun();
        var events = new List<StoreEvent>();
        var complete = after;
        while (await NextAsync(responses, member, ending.Token))
        {
            var response = responses.Current;
            if (response.CompactRevision > 0) throw new RevisionCompactedException(after, response.CompactRevision);
            if (response.Canceled) throw Ended(response.CancelReason);
            if (response.Events.Count == 0) continue;
            // A gap is history that was compacted before the watch began.
            if (response.Events[0].Kv.ModRevision > complete + 1) throw new RevisionCompactedException(after, response.Events[0].Kv.ModRevision - 1);
            foreach (var e in response.Events)
            {
                if (keys.Of(e.Kv.Key) is { } key) events.Add(Event(key, e));
            }

            // A large answer comes in fragments, which may part the events of one revision.
            if (response.Fragment) continue;
            complete = response.Events[^1].Kv.ModRevision;
            yield return new WatchBatch(complete, events);
            events = [];
        }

        throw Ended("the watch ended");
    }

    /// <summary>The revision up to which history has been compacted, found by asking for a revision that is refused.</summary>
    public async Task<long> FloorAsync(long refused, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(CreateTimeout);
            await foreach (var batch in ReadAsync(refused - 1, null, limit.Token)) return refused;
            return refused;
        }
        catch (RevisionCompactedException e)
        {
            return e.Floor;
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            // It is told for information only; that it is later is known.
            return refused + 1;
        }
    }

    private async Task<IAsyncStreamReader<Wire.WatchResponse>> BeginAsync(
        AsyncDuplexStreamingCall<Wire.WatchRequest, Wire.WatchResponse> call, GrpcChannel member, long after, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(CreateTimeout);
        var create = new Wire.WatchCreateRequest { Key = EtcdKeys.Everything, RangeEnd = EtcdKeys.Everything, StartRevision = after + 1, PrevKv = true, Fragment = true };
        try
        {
            await call.RequestStream.WriteAsync(new Wire.WatchRequest { CreateRequest = create }, limit.Token);
            if (!await call.ResponseStream.MoveNext(limit.Token)) throw Ended("the watch was not taken");
        }
        catch (Exception e) when (e is RpcException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            connection.TurnFrom(member);
            throw e as RpcException ?? Ended("the watch was not taken in time");
        }

        var created = call.ResponseStream.Current;
        if (created.CompactRevision > 0) throw new RevisionCompactedException(after, created.CompactRevision);
        if (created.Canceled) throw new RpcException(new Status(StatusCode.PermissionDenied, created.CancelReason));
        return call.ResponseStream;
    }

    private async Task<bool> NextAsync(IAsyncStreamReader<Wire.WatchResponse> responses, GrpcChannel member, CancellationToken cancellationToken)
    {
        try
        {
            return await responses.MoveNext(cancellationToken);
        }
        catch (RpcException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            connection.TurnFrom(member);
            throw;
        }
    }

    private static RpcException Ended(string reason) => new(new Status(StatusCode.Unavailable, reason));

    private static StoreEvent Event(string key, Wire.Event e)
    {
        var before = e.PrevKv?.Value.Memory;
        return e.Type == Wire.Event.Types.EventType.Delete
            ? new(StoreEventType.Delete, key, e.Kv.ModRevision, before ?? default, e.PrevKv?.CreateRevision ?? 0, before)
            : new(StoreEventType.Put, key, e.Kv.ModRevision, e.Kv.Value.Memory, e.Kv.CreateRevision, before);
    }
}
