using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Minik8s.Store.Watching;

namespace Minik8s.Store.Etcd;

/// <summary>The store in an etcd cluster (v3 API), for several API servers. See docs/design/0002-etcd-store.md.</summary>
public sealed partial class EtcdStore : IStore
{
    private const int PageSize = 2000;

    private readonly EtcdStoreOptions _options;
    private readonly EtcdConnection _connection;
    private readonly EtcdKeys _keys;
    private readonly EtcdLog _log;
    private readonly EtcdLeases _leases;
    private readonly SharedRead _revision;
    private readonly ILogger _logger;
    private readonly Lock _closing = new();
    private WatchHub? _hub;
    private long _known;
    private long _floor;
    private Task? _closed;

    private EtcdStore(EtcdStoreOptions options, ILogger logger)
    {
        _options = options;
        _logger = logger;
        _connection = new EtcdConnection(options);
        _keys = new EtcdKeys(options.KeyPrefix);
        _log = new EtcdLog(_connection, _keys);
        _leases = new EtcdLeases(_connection, options.TimeProvider);
        _revision = new SharedRead(() => ReadRevisionAsync(default));
    }

    /// <inheritdoc/>
    public Task Completion { get; private set; } = Task.CompletedTask;

    /// <summary>Connects, and follows what happens from then on.</summary>
    /// <exception cref="StoreUnavailableException">No member answers, or the certificates cannot be read; the message says what to do.</exception>
    public static async Task<EtcdStore> OpenAsync(EtcdStoreOptions options, ILoggerFactory? loggerFactory, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var store = new EtcdStore(options, (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger<EtcdStore>());
        try
        {
            await store.StartAsync(cancellationToken);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<RangeResult> RangeAsync(RangeQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        var request = new Wire.RangeRequest { Key = query.End is null ? _keys.Key(query.Start) : _keys.Start(query.Start), Revision = query.Revision, CountOnly = query.CountOnly, Limit = query.Limit };
        if (query.End is { } end) request.RangeEnd = _keys.Key(end);
        // A range without a limit is read in pages, so that no single answer is too much for a member.
        var paged = query is { Limit: 0, CountOnly: false, End: not null };
        if (paged) request.Limit = PageSize;
        var items = new List<KeyValue>();
        var first = await ReadAsync(request, query.Revision, items, cancellationToken);
        var revision = query.Revision > 0 ? query.Revision : first.Header.Revision;
        for (var page = first; paged && page.More;)
        {
            request.Revision = revision;
            request.Key = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
            page = await ReadAsync(request, revision, items, cancellationToken);
        }

        return new(revision, items, first.Count, !paged && first.More);
    }

    /// <inheritdoc/>
    public async ValueTask<WriteResult> WriteAsync(WriteRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        StoreKeys.Checked(request);
        cancellationToken.ThrowIfCancellationRequested();
        var key = _keys.Key(request.Key);
        for (var attempt = 0; ; attempt++)
        {
            var lease = request is { TimeToLive: { } life, Value: not null } ? await LeaseAsync(life, cancellationToken) : 0;
            try
            {
                return Result(request, await TransactAsync(Transaction(request, key, lease)));
            }
            catch (RpcException e) when (lease != 0 && attempt == 0 && EtcdFailure.IsLeaseNotFound(e))
            {
                await _leases.ForgetAsync(lease);
            }
            catch (RpcException e) when (EtcdFailure.IsTooLarge(e))
            {
                throw new ValueTooLargeException($"the value of {request.Key} is larger than etcd takes in one request; its limit is --max-request-bytes", e);
            }
            catch (RpcException e)
            {
                throw EtcdFailure.Tell(e, _connection.Endpoints, TimeSpan.Zero);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask<IStoreWatch> WatchAsync(string start, string end, long afterRevision, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(start);
        ArgumentNullException.ThrowIfNull(end);
        cancellationToken.ThrowIfCancellationRequested();
        var floor = Volatile.Read(ref _floor);
        if (afterRevision < floor) throw new RevisionCompactedException(afterRevision, floor);
        var buffer = new WatchBuffer(start, end, _options.WatcherBufferEvents, _options.WatcherBufferBytes);
        return new(new EtcdWatch(_log, _hub!, buffer, afterRevision, () => Volatile.Read(ref _known)));
    }

    /// <inheritdoc/>
    public async ValueTask CompactAsync(long revision, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await _connection.ReadAsync((member, options) => new Wire.KV.KVClient(member).CompactAsync(new Wire.CompactionRequest { Revision = revision }, options), cancellationToken);
            Raise(ref _floor, revision);
        }
        catch (RpcException e) when (EtcdFailure.IsCompacted(e))
        {
            // By another server, or by a try of ours whose answer was lost.
        }
        catch (RpcException e) when (EtcdFailure.IsFuture(e))
        {
            throw new RevisionInFutureException(revision, await CurrentRevisionAsync(cancellationToken));
        }
        catch (RpcException e)
        {
            throw EtcdFailure.Tell(e, _connection.Endpoints, TimeSpan.Zero);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<long> CurrentRevisionAsync(CancellationToken cancellationToken) => await _revision.ReadAsync(cancellationToken);

    /// <summary>Ends the watches and the connections.</summary>
    public async ValueTask DisposeAsync()
    {
        Task closed;
        lock (_closing) closed = _closed ??= Task.Run(CloseAsync);
        await closed;
    }

    private async Task StartAsync(CancellationToken cancellationToken)
    {
        var status = await AskAsync((member, options) => new Wire.Maintenance.MaintenanceClient(member).StatusAsync(new Wire.StatusRequest(), options), cancellationToken);
        var revision = await ReadRevisionAsync(cancellationToken);
        _hub = new WatchHub(revision);
        LogConnected(status.Version, _connection.Endpoints, revision);
        var following = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Completion = RunAsync(_hub, () => following.TrySetResult());
        await Task.WhenAny(following.Task, Completion).WaitAsync(cancellationToken);
    }

    private async Task RunAsync(WatchHub hub, Action following)
    {
        var feed = new EtcdFeed(_log, hub, ReadRevisionAsync, _connection.Endpoints, _logger);
        var compaction = _options.CompactionInterval is { } interval
            ? new EtcdCompactor(_connection, _keys, interval, _options.TimeProvider, r => CompactAsync(r, default).AsTask(), _logger).RunAsync(_connection.Closed)
            : Task.CompletedTask;
        try
        {
            await feed.RunAsync(following, _connection.Closed);
        }
        catch (Exception e)
        {
            LogFailed(e);
            hub.Close(new StoreUnavailableException(e.Message, e));
            _connection.Close();
            throw;
        }
        finally
        {
            await compaction;
        }
    }

    private async Task CloseAsync()
    {
        _connection.Close();
        // Its fault has been logged and stays in Completion.
        await Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _hub?.Close(new StoreUnavailableException("the store is closed"));
        _connection.Dispose();
        _leases.Dispose();
    }

    private async Task<long> LeaseAsync(TimeSpan life, CancellationToken cancellationToken)
    {
        try
        {
            return await _leases.ForAsync(life, cancellationToken);
        }
        catch (RpcException e)
        {
            throw EtcdFailure.Tell(e, _connection.Endpoints, TimeSpan.Zero);
        }
    }

    private async Task<Wire.TxnResponse> TransactAsync(Wire.TxnRequest request)
    {
        var answer = await _connection.WriteAsync((member, options) => new Wire.KV.KVClient(member).TxnAsync(request, options));
        Raise(ref _known, answer.Header.Revision);
        return answer;
    }

    private async Task<Wire.RangeResponse> ReadAsync(Wire.RangeRequest request, long asked, List<KeyValue> items, CancellationToken cancellationToken)
    {
        try
        {
            var page = await _connection.ReadAsync((member, options) => new Wire.KV.KVClient(member).RangeAsync(request, options), cancellationToken);
            Raise(ref _known, page.Header.Revision);
            foreach (var item in page.Kvs) items.Add(Item(item));
            return page;
        }
        catch (RpcException e) when (EtcdFailure.IsCompacted(e))
        {
            var floor = Volatile.Read(ref _floor);
            throw new RevisionCompactedException(asked, floor > asked ? floor : await _log.FloorAsync(asked, cancellationToken));
        }
        catch (RpcException e) when (EtcdFailure.IsFuture(e))
        {
            throw new RevisionInFutureException(asked, await CurrentRevisionAsync(cancellationToken));
        }
        catch (RpcException e)
        {
            throw EtcdFailure.Tell(e, _connection.Endpoints, TimeSpan.Zero);
        }
    }

    /// <summary>The newest revision that most members have: a linearizable read of a key that need not exist.</summary>
    private async Task<long> ReadRevisionAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            (member, options) => new Wire.KV.KVClient(member).RangeAsync(new Wire.RangeRequest { Key = _keys.Key(EtcdCompactor.Key), CountOnly = true }, options), cancellationToken);
        Raise(ref _known, answer.Header.Revision);
        return answer.Header.Revision;
    }

    private async Task<T> AskAsync<T>(Func<Grpc.Net.Client.GrpcChannel, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken)
    {
        try
        {
            return await _connection.ReadAsync(call, cancellationToken);
        }
        catch (RpcException e)
        {
            throw EtcdFailure.Tell(e, _connection.Endpoints, TimeSpan.Zero);
        }
    }

    private static Wire.TxnRequest Transaction(WriteRequest request, ByteString key, long lease)
    {
        var transaction = new Wire.TxnRequest();
        if (request.ExpectedRevision is { } expected)
        {
            transaction.Compare.Add(new Wire.Compare { Key = key, Target = Wire.Compare.Types.CompareTarget.Mod, Result = Wire.Compare.Types.CompareResult.Equal, ModRevision = expected });
            transaction.Failure.Add(new Wire.RequestOp { RequestRange = new Wire.RangeRequest { Key = key } });
        }

        transaction.Success.Add(request.Value is { } value
            ? new Wire.RequestOp { RequestPut = new Wire.PutRequest { Key = key, Value = UnsafeByteOperations.UnsafeWrap(value), Lease = lease, PrevKv = true } }
            : new Wire.RequestOp { RequestDeleteRange = new Wire.DeleteRangeRequest { Key = key, PrevKv = true } });
        return transaction;
    }

    private WriteResult Result(WriteRequest request, Wire.TxnResponse answer)
    {
        var response = answer.Responses[0];
        var current = !answer.Succeeded ? response.ResponseRange.Kvs.FirstOrDefault()
            : request.Value is null ? response.ResponseDeleteRange.PrevKvs.FirstOrDefault()
            : response.ResponsePut.PrevKv;
        return new(answer.Succeeded, answer.Header.Revision, current is null ? null : Item(current));
    }

    private KeyValue Item(Wire.KeyValue item) => new(_keys.Of(item.Key)!, item.Value.Memory, item.CreateRevision, item.ModRevision, item.Version);

    private static void Raise(ref long place, long value)
    {
        var seen = Volatile.Read(ref place);
        while (seen < value)
        {
            var found = Interlocked.CompareExchange(ref place, value, seen);
            if (found == seen) return;
            seen = found;
        }
    }

    [LoggerMessage(LogLevel.Information, "Connected to etcd {Version} at {Endpoints}, revision {Revision}")]
    private partial void LogConnected(string version, string endpoints, long revision);

    [LoggerMessage(LogLevel.Critical, "The store can no longer follow etcd")]
    private partial void LogFailed(Exception exception);
}
