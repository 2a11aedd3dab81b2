using Minik8s.Api.Errors;
using Minik8s.ApiServer.Authentication;
using Minik8s.ApiServer.Http;

namespace Minik8s.ApiServer.FlowControl;

/// <summary>
/// Keeps the server answering under load: each class of clients has a number of requests that run at a time, so that no class can take the server from the
/// others, and within a class the clients take turns. The classes are those of Kubernetes' suggested priority levels; administrators and requests without an
/// end of their own (watches, streams) are exempt.
/// </summary>
internal sealed class RequestLimits(TimeProvider time)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(15);

    private readonly FairQueue _nodes = new(new(200, 4000, 400, LongestWait), time);
    private readonly FairQueue _system = new(new(200, 4000, 400, LongestWait), time);
    private readonly FairQueue _workloads = new(new(200, 4000, 400, LongestWait), time);
    private readonly FairQueue _others = new(new(10, 50, 10, LongestWait), time);

    /// <summary>Waits until the request may run; null for one that is not limited.</summary>
    /// <exception cref="StatusException">429 when too many wait before it.</exception>
    public async ValueTask<IDisposable?> EnterAsync(UserInfo user, RequestInfo request, CancellationToken cancellationToken)
    {
        if (IsExempt(user, request)) return null;
        return await QueueOf(user).EnterAsync(user.Name, cancellationToken)
            ?? throw new StatusException(429, StatusReason.TooManyRequests, "Too many requests, please try again later.", new StatusDetails(RetryAfterSeconds: 1));
    }

    internal static bool IsExempt(UserInfo user, RequestInfo request) =>
        user.Groups.Contains("system:masters") || request.IsLongRunning || !request.IsResource && IsHealth(request.Path);

    private static bool IsHealth(string path) =>
        path.StartsWith("/healthz", StringComparison.Ordinal) || path.StartsWith("/livez", StringComparison.Ordinal) || path.StartsWith("/readyz", StringComparison.Ordinal);

    private FairQueue QueueOf(UserInfo user)
    {
        if (user.Groups.Contains("system:nodes")) return _nodes;
        if (user.Groups.Contains("system:serviceaccounts:kube-system") || user.Name.StartsWith("system:kube-", StringComparison.Ordinal)) return _system;
        return user.Groups.Contains("system:authenticated") ? _workloads : _others;
    }
}
