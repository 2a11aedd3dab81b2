using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;

namespace Minik8s.Proxy;

internal static partial class ProxyLog
{
    [LoggerMessage(300, LogLevel.Information, "The table {Table} holds {Services} services ({Elapsed} ms)")]
    public static partial void Synced(ILogger logger, string table, int services, long elapsed);

    [LoggerMessage(301, LogLevel.Debug, "Wrote the rules of {Services} changed services ({Elapsed} ms)")]
    public static partial void Applied(ILogger logger, int services, long elapsed);

    [LoggerMessage(302, LogLevel.Warning, "A change of the table {Table} was refused, it is written anew: {Cause}")]
    public static partial void Refused(ILogger logger, string table, string cause);

    [LoggerMessage(303, LogLevel.Error, "The table {Table} could not be written, trying again in {Delay}: {Cause}")]
    public static partial void Failed(ILogger logger, string table, TimeSpan delay, string cause);

    [LoggerMessage(304, LogLevel.Warning, "Another program changed the table {Table}; it is written anew")]
    public static partial void Disturbed(ILogger logger, string table);

    [LoggerMessage(305, LogLevel.Debug, "Emptied chains could not be deleted; the next full write tries again: {Cause}")]
    public static partial void ChainsInUse(ILogger logger, string cause);

    [LoggerMessage(306, LogLevel.Information, "Forgot {Count} UDP flows to endpoints that are gone")]
    public static partial void FlowsForgotten(ILogger logger, int count);

    [LoggerMessage(307, LogLevel.Warning, "UDP flows to endpoints that are gone could not be forgotten: {Cause}")]
    public static partial void FlowsKept(ILogger logger, string cause);

    [LoggerMessage(308, LogLevel.Warning, "The health check of {Service} cannot listen on port {Port}: {Cause}")]
    public static partial void HealthCheckFailed(ILogger logger, ObjectKey service, int port, string cause);

    [LoggerMessage(309, LogLevel.Warning, "/healthz cannot listen on port {Port}: {Cause}")]
    public static partial void HealthzFailed(ILogger logger, int port, string cause);

    [LoggerMessage(310, LogLevel.Warning, "The table {Table} holds something that does not fit; it is made anew: {Cause}")]
    public static partial void Replaced(ILogger logger, string table, string cause);
}
