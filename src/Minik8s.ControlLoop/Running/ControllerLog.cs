using Microsoft.Extensions.Logging;

namespace Minik8s.ControlLoop;

internal static partial class ControllerLog
{
    [LoggerMessage(100, LogLevel.Information, "{Name} works with {Workers} workers")]
    public static partial void Started(ILogger logger, string name, int workers);

    [LoggerMessage(101, LogLevel.Debug, "{Name}: {Key} was changed meanwhile, trying again: {Detail}")]
    public static partial void Conflict(ILogger logger, string name, string key, string detail);

    [LoggerMessage(102, LogLevel.Warning, "{Name}: reconciling {Key} failed (time {Failures} in a row), trying again")]
    public static partial void Failed(ILogger logger, Exception exception, string name, string key, int failures);

    [LoggerMessage(103, LogLevel.Critical, "The loop {Name} ended: {Cause}")]
    public static partial void LoopEnded(ILogger logger, Exception? exception, string name, string cause);
}
