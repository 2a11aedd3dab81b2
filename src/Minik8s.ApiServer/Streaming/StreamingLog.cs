using Microsoft.Extensions.Logging;

namespace Minik8s.ApiServer.Streaming;

internal static partial class StreamingLog
{
    [LoggerMessage(1, LogLevel.Warning, "The kubelet of node {Node} cannot be reached for {Path}: {Why}")]
    public static partial void KubeletUnreachable(ILogger logger, string node, string path, string why);

    [LoggerMessage(2, LogLevel.Debug, "The stream {Path} ended: {Why}")]
    public static partial void Ended(ILogger logger, string path, string why);
}
