using Microsoft.AspNetCore.Http;
using Minik8s.Api.Errors;
using Minik8s.Api.Quantities;

namespace Minik8s.ApiServer.Http;

/// <summary>
/// The time within which a request has its answer: what waits for a slow store does not wait for ever. Requests without an end of their own (watches,
/// streams) have none.
/// </summary>
internal sealed class RequestDeadline : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly HttpContext _context;
    private readonly CancellationToken _aborted;
    private readonly CancellationTokenSource _end;
    private readonly CancellationTokenRegistration _registration;

    private RequestDeadline(HttpContext context, CancellationTokenSource end)
    {
        _context = context;
        _aborted = context.RequestAborted;
        _end = end;
        _registration = _aborted.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), end);
        context.RequestAborted = end.Token;
    }

    /// <summary>Whether the time is up, rather than the client gone.</summary>
    public bool Expired => _end.IsCancellationRequested && !_aborted.IsCancellationRequested;

    /// <summary>Starts the time of a request: a minute, or less where the client asks for it (<c>?timeout=</c>). Null where there is no limit.</summary>
    /// <exception cref="StatusException">400 for a timeout that is none.</exception>
    public static RequestDeadline? Start(HttpContext context, RequestInfo request, TimeProvider time)
    {
        if (request.IsLongRunning) return null;
        var limit = Longest;
        if (request.IsResource && context.Request.Query.TryGetValue("timeout", out var text) && text.ToString() is { Length: > 0 } wanted)
        {
            var given = GoDuration.Parse(wanted) ?? throw StatusErrors.BadRequest($"invalid timeout specified in the request URL - time: invalid duration \"{wanted}\"");
            if (given > TimeSpan.Zero && given < limit) limit = given;
        }

        return new(context, new CancellationTokenSource(limit, time));
    }

    public static StatusException Error() => new(504, StatusReason.Timeout, "Timeout: request did not complete within the allotted timeout", new StatusDetails());

    public void Dispose()
    {
        _context.RequestAborted = _aborted;
        _registration.Dispose();
        _end.Dispose();
    }
}
