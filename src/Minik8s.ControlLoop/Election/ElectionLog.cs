using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

internal static partial class ElectionLog
{
    [LoggerMessage(130, LogLevel.Information, "{Identity} waits for the lease {Lease}")]
    public static partial void Waiting(ILogger logger, string identity, string lease);

    [LoggerMessage(131, LogLevel.Information, "{Identity} holds the lease {Lease} and begins to work")]
    public static partial void Leading(ILogger logger, string identity, string lease);

    [LoggerMessage(132, LogLevel.Warning, "Reading or writing the lease {Lease} failed, trying again: {Cause}")]
    public static partial void Failed(ILogger logger, string lease, string cause);

    [LoggerMessage(133, LogLevel.Debug, "The lease {Lease} is held by {Holder}")]
    public static partial void Holder(ILogger logger, string lease, string holder);
}
