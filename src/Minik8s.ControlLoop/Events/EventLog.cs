using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

internal static partial class EventLog
{
    [LoggerMessage(120, LogLevel.Warning, "{Count} events were dropped because the server does not take them as fast as they come")]
    public static partial void Dropped(ILogger logger, int count);

    [LoggerMessage(121, LogLevel.Debug, "The server does not take the event {Reason} about {Name}: {Cause}")]
    public static partial void Refused(ILogger logger, string reason, string name, string cause);

    [LoggerMessage(122, LogLevel.Warning, "The event {Reason} about {Name} is lost: {Cause}")]
    public static partial void GivenUp(ILogger logger, string reason, string name, string cause);
}
