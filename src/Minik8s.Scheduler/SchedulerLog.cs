using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;

namespace Minik8s.Scheduler;

internal static partial class SchedulerLog
{
    [LoggerMessage(200, LogLevel.Information, "The scheduler {Name} works, strategy {Strategy}")]
    public static partial void Started(ILogger logger, string name, string strategy);

    [LoggerMessage(201, LogLevel.Information, "Bound {Pod} to {Node} (attempt {Attempt})")]
    public static partial void Bound(ILogger logger, ObjectKey pod, string node, int attempt);

    [LoggerMessage(202, LogLevel.Warning, "Binding {Pod} to {Node} failed: {Cause}")]
    public static partial void BindFailed(ILogger logger, ObjectKey pod, string node, string cause);

    [LoggerMessage(203, LogLevel.Debug, "{Pod} was deleted before it was bound")]
    public static partial void PodGone(ILogger logger, ObjectKey pod);

    [LoggerMessage(204, LogLevel.Information, "{Pod} fits nowhere: {Cause}")]
    public static partial void Unschedulable(ILogger logger, ObjectKey pod, string cause);

    [LoggerMessage(205, LogLevel.Debug, "Writing the status of {Pod} failed: {Cause}")]
    public static partial void StatusFailed(ILogger logger, ObjectKey pod, string cause);
}
