using Microsoft.Extensions.Logging;
using Minik8s.ControlLoop;

namespace Minik8s.Controllers.Support;

internal static partial class ControllersLog
{
    [LoggerMessage(300, LogLevel.Information, "The namespace {Name} is empty and gone")]
    public static partial void NamespaceFinalized(ILogger logger, string name);

    [LoggerMessage(301, LogLevel.Warning, "Removing {Resource} from the namespace {Name} failed: {Cause}")]
    public static partial void NamespaceContent(ILogger logger, string name, string resource, string cause);

    [LoggerMessage(302, LogLevel.Warning, "The node {Name} has been silent for {Silence}: its conditions become Unknown")]
    public static partial void NodeSilent(ILogger logger, string name, TimeSpan silence);

    [LoggerMessage(303, LogLevel.Information, "The taints of the node {Name} are now: {Taints}")]
    public static partial void NodeTainted(ILogger logger, string name, string taints);

    [LoggerMessage(304, LogLevel.Information, "Removing the pod {Pod}: {Cause}")]
    public static partial void PodCollected(ILogger logger, ObjectKey pod, string cause);
}
