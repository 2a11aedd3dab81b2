using Microsoft.Extensions.Logging;

namespace Minik8s.Kubelet.Server;

internal static partial class ServerLogging
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "kubelet server: {Method} {Path} failed")]
    public static partial void Failed(ILogger logger, string method, string path, Exception exception);

    [LoggerMessage(Level = LogLevel.Debug, Message = "kubelet server: {Path} ended: {Reason}")]
    public static partial void Ended(ILogger logger, string path, string reason);
}
