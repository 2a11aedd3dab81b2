using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

internal static partial class ReflectorLog
{
    [LoggerMessage(110, LogLevel.Debug, "Listed {Count} of {Name} at {Version}")]
    public static partial void Listed(ILogger logger, string name, int count, string version);

    [LoggerMessage(111, LogLevel.Information, "Listing {Name} again: {Cause}")]
    public static partial void Relist(ILogger logger, string name, string cause);

    [LoggerMessage(112, LogLevel.Warning, "Watching {Name} failed, trying again: {Cause}")]
    public static partial void Failed(ILogger logger, string name, string cause);

    [LoggerMessage(113, LogLevel.Debug, "Watching {Name} failed {Failures} times more, trying again: {Cause}")]
    public static partial void FailedAgain(ILogger logger, string name, string cause, int failures);

    [LoggerMessage(114, LogLevel.Information, "Watching {Name} works again after {Failures} failures")]
    public static partial void Recovered(ILogger logger, string name, int failures);
}
