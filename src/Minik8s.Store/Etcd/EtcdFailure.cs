using Grpc.Core;

namespace Minik8s.Store.Etcd;

/// <summary>
/// What a failed call means. etcd tells its errors apart by text (https://github.com/etcd-io/etcd/blob/main/api/v3rpc/rpctypes/error.go); their codes alone
/// do not say whether a write may have been done.
/// </summary>
internal static class EtcdFailure
{
    /// <summary>Whether another try, perhaps at another member, may succeed.</summary>
    public static bool IsTransient(RpcException e) => e.StatusCode switch
    {
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.Internal or StatusCode.Cancelled or StatusCode.Aborted or StatusCode.Unknown => true,
        StatusCode.ResourceExhausted => !IsOutOfSpace(e) && !IsTooLarge(e),
        _ => false,
    };

    /// <summary>Whether the request was certainly not carried out, so that a write may be tried again.</summary>
    public static bool IsNotDone(RpcException e) =>
        e.Status.DebugException is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError }
        || e.Status.Detail is "etcdserver: no leader" or "etcdserver: not leader" or "etcdserver: too many requests";

    /// <summary>The revision asked for has been compacted.</summary>
    public static bool IsCompacted(RpcException e) => e.Status.Detail.Contains("required revision has been compacted", StringComparison.Ordinal);

    /// <summary>The revision asked for has not been reached.</summary>
    public static bool IsFuture(RpcException e) => e.Status.Detail.Contains("required revision is a future revision", StringComparison.Ordinal);

    public static bool IsLeaseNotFound(RpcException e) => e.Status.Detail.Contains("requested lease not found", StringComparison.Ordinal);

    public static bool IsTooLarge(RpcException e) =>
        e.Status.Detail.Contains("request is too large", StringComparison.Ordinal) || e.Status.Detail.Contains("received message larger than max", StringComparison.Ordinal);

    /// <summary>What to tell a caller whose request failed, with what to do about it.</summary>
    public static StoreUnavailableException Tell(RpcException e, string endpoints, TimeSpan waited) => e switch
    {
        _ when IsOutOfSpace(e) => new($"etcd at {endpoints} is out of space and takes no writes; raise its quota or compact and defragment it, then disarm its alarm (etcdctl alarm disarm)", e),
        { StatusCode: StatusCode.Unauthenticated or StatusCode.PermissionDenied } => new($"etcd at {endpoints} refuses this client ({e.Status.Detail}); check the client certificate and the permissions of its user", e),
        _ when IsTransient(e) => new(
            $"etcd at {endpoints} did not do a request within {waited.TotalSeconds:0.#} s ({Reason(e)}); check that most of its members run and that the datastore's endpoints, authorities and certificate are right", e),
        _ => new($"etcd at {endpoints} refused a request: {Reason(e)}", e),
    };

    private static bool IsOutOfSpace(RpcException e) => e.Status.Detail.Contains("database space exceeded", StringComparison.Ordinal);

    private static string Reason(RpcException e)
    {
        var cause = e.Status.DebugException;
        while (cause?.InnerException is not null) cause = cause.InnerException;
        return cause is null ? e.Status.Detail : cause.Message;
    }
}
