using Microsoft.Extensions.Logging;

namespace Minik8s.Controllers.GarbageCollection;

internal static partial class GarbageCollectionLog
{
    [LoggerMessage(310, LogLevel.Information, "Deleting {Object}, whose owners are gone ({Policy})")]
    public static partial void Deleting(ILogger logger, string @object, string policy);

    [LoggerMessage(311, LogLevel.Warning, "{Object} belongs to the cluster but names an owner in a namespace: it is left alone")]
    public static partial void NamespacedOwner(ILogger logger, string @object);

    [LoggerMessage(312, LogLevel.Debug, "The owners of {Object} cannot be checked: {Cause}")]
    public static partial void UnknownOwner(ILogger logger, string @object, string cause);

    [LoggerMessage(313, LogLevel.Debug, "The graph of owners follows {Resource}")]
    public static partial void Following(ILogger logger, string resource);

    [LoggerMessage(314, LogLevel.Debug, "The graph of owners no longer follows {Resource}")]
    public static partial void NoLongerFollowing(ILogger logger, string resource);

    [LoggerMessage(315, LogLevel.Warning, "The resources of the server cannot be found out, trying again: {Cause}")]
    public static partial void DiscoveryFailed(ILogger logger, string cause);
}
