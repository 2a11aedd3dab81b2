using System.Diagnostics;
using Grpc.Core;
using Grpc.Net.Client;

namespace Minik8s.Store.Etcd;

/// <summary>
/// Calls to an etcd cluster: one member is used until it fails, then the next. A read is tried again until the time for requests is over; a write only when
/// it has certainly not been done, for a second try could find its own first one.
/// </summary>
internal sealed class EtcdConnection : IDisposable
{
    // etcd refuses pings that come more often than every 5 s (--grpc-keepalive-min-time).
    private static readonly TimeSpan PingAfter = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan TryTimeout = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(50);

    private readonly GrpcChannel[] _members;
    private readonly TimeSpan _timeout;
    private readonly CancellationTokenSource _closed = new();
    private int _current;

    public EtcdConnection(EtcdStoreOptions options)
    {
        if (options.Endpoints.Count == 0) throw new StoreUnavailableException("no endpoint of etcd is given");
        _timeout = options.RequestTimeout;
        Endpoints = string.Join(',', options.Endpoints.Select(e => e.GetLeftPart(UriPartial.Authority)));
        _members = [.. options.Endpoints.Select(e => Channel(e, options))];
        // Several API servers spread over the members.
        _current = Random.Shared.Next(_members.Length);
    }

    /// <summary>The addresses, for messages.</summary>
    public string Endpoints { get; }

    /// <summary>The member in use.</summary>
    public GrpcChannel Member => _members[(uint)Volatile.Read(ref _current) % _members.Length];

    /// <summary>Cancelled when the store is closed.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <summary>Uses the next member from now on, unless somebody else has already turned away from this one.</summary>
    public void TurnFrom(GrpcChannel failed)
    {
        var seen = Volatile.Read(ref _current);
        if (_members[(uint)seen % _members.Length] == failed) Interlocked.CompareExchange(ref _current, seen + 1, seen);
    }

    /// <summary>A call that changes nothing.</summary>
    public Task<T> ReadAsync<T>(Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> call, CancellationToken cancellationToken) => CallAsync(call, EtcdFailure.IsTransient, TryTimeout, cancellationToken);

    /// <summary>A call that changes something. It cannot be cancelled once begun, so that its outcome is known.</summary>
    public Task<T> WriteAsync<T>(Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> call) => CallAsync(call, EtcdFailure.IsNotDone, _timeout, default);

    public void Close() => _closed.Cancel();

    public void Dispose()
    {
        _closed.Cancel();
        foreach (var member in _members) member.Dispose();
        _closed.Dispose();
    }

    private async Task<T> CallAsync<T>(
        Func<GrpcChannel, CallOptions, AsyncUnaryCall<T>> call, Func<RpcException, bool> mayRetry, TimeSpan tryTimeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_closed.IsCancellationRequested) throw new StoreUnavailableException("the store is closed");
        var watch = Stopwatch.StartNew();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closed.Token);
        while (true)
        {
            var member = Member;
            try
            {
                var left = _timeout - watch.Elapsed;
                return await call(member, new CallOptions(deadline: DateTime.UtcNow + (tryTimeout < left ? tryTimeout : left), cancellationToken: ending.Token));
            }
            catch (RpcException e)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (_closed.IsCancellationRequested) throw new StoreUnavailableException("the store is closed", e);
                if (!EtcdFailure.IsTransient(e)) throw;
                TurnFrom(member);
                if (!mayRetry(e) || watch.Elapsed + RetryDelay >= _timeout) throw EtcdFailure.Tell(e, Endpoints, watch.Elapsed);
            }

            try
            {
                await Task.Delay(RetryDelay, ending.Token);
            }
            catch (OperationCanceledException) when (_closed.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new StoreUnavailableException("the store is closed");
            }
        }
    }

    private static GrpcChannel Channel(Uri endpoint, EtcdStoreOptions options)
    {
        if (endpoint.Scheme is not ("http" or "https")) throw new StoreUnavailableException($"{endpoint} is no endpoint of etcd; give https://host:port or http://host:port");
        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            KeepAlivePingDelay = PingAfter,
            KeepAlivePingTimeout = PingTimeout,
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            PooledConnectionIdleTimeout = Timeout.InfiniteTimeSpan,
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
        };
        if (endpoint.Scheme == "https") handler.SslOptions = EtcdTls.Options(options);
        // A range or a batch of events may be as large as it is: what is in there is ours.
        return GrpcChannel.ForAddress(endpoint, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = null, MaxSendMessageSize = null, MaxRetryAttempts = 1 });
    }
}
