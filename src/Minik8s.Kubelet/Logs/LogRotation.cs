using System.Globalization;
using System.IO.Compression;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Logs;

/// <summary>
/// Keeps containers' logs bounded: a file that has grown too large gets a time in its name, the runtime opens a new one, older ones are compressed, the oldest go.
/// Sizes can only be looked at, so this is one of the few loops that ask again and again.
/// </summary>
internal sealed partial class LogRotation(RuntimeService.RuntimeServiceClient runtime, LogLimits limits, TimeProvider time, ILogger<LogRotation> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <param name="running">The running containers and their log files.</param>
    /// <param name="cancellationToken">Ends the loop.</param>
    public async Task RunAsync(Func<IEnumerable<(string ContainerId, string Path)>> running, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(Interval, time, cancellationToken);
            foreach (var (id, path) in running())
            {
                try
                {
                    await RotateAsync(id, path, cancellationToken);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException or RpcException && !cancellationToken.IsCancellationRequested)
                {
                    LogFailed(path, e.Message);
                }
            }
        }
    }

    /// <summary>Rotates one log if it is due.</summary>
    public async Task RotateAsync(string containerId, string path, CancellationToken cancellationToken)
    {
        var file = new FileInfo(path);
        if (!file.Exists || file.Length < limits.MaxFileBytes) return;
        var older = Rotated(path).ToList();
        // What was cut off by a crash is done again from its uncompressed file.
        foreach (var unfinished in older.Where(f => f.EndsWith(".tmp", StringComparison.Ordinal))) File.Delete(unfinished);
        foreach (var plain in older.Where(f => !f.EndsWith(".gz", StringComparison.Ordinal) && !f.EndsWith(".tmp", StringComparison.Ordinal))) await CompressAsync(plain, cancellationToken);
        // Besides the file in use, one is about to be added.
        foreach (var surplus in Rotated(path).OrderDescending(StringComparer.Ordinal).Skip(Math.Max(0, limits.MaxFiles - 2))) File.Delete(surplus);

        var aside = $"{path}.{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        File.Move(path, aside);
        try
        {
            await runtime.ReopenContainerLogAsync(new ReopenContainerLogRequest { ContainerId = containerId }, cancellationToken: cancellationToken);
        }
        catch (RpcException)
        {
            // The runtime still writes to the file that was moved: it gets its name back, or readers would lose it.
            File.Move(aside, path);
            throw;
        }
    }

    private static IEnumerable<string> Rotated(string path) => Directory.EnumerateFiles(Path.GetDirectoryName(path)!, Path.GetFileName(path) + ".*");

    private static async Task CompressAsync(string path, CancellationToken cancellationToken)
    {
        var unfinished = path + ".tmp";
        await using (var source = File.OpenRead(path))
        await using (var target = new GZipStream(File.Create(unfinished), CompressionLevel.Fastest))
        {
            await source.CopyToAsync(target, cancellationToken);
        }

        File.Move(unfinished, path + ".gz");
        File.Delete(path);
    }

    [LoggerMessage(LogLevel.Warning, "The log {Path} could not be rotated and will be tried again: {Reason}")]
    private partial void LogFailed(string path, string reason);
}
