using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Roles;
using Minik8s.Kubelet;
using Minik8s.Proxy;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s down</c>: ends everything that a start has left on this machine.</summary>
internal static class DownCommand
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(20);

    public static Command Create()
    {
        var purge = new Option<bool>("--purge") { Description = "Remove the data too: the store, certificates, images." };
        var command = new Command("down", "Stops the cluster on this machine: processes, containers, mounts, networks, rules.") { Settings.DataDir, Settings.LogLevel, purge };
        command.SetAction((result, cancellationToken) => UsageErrors.ReportAsync(async () =>
        {
            var data = Path.GetFullPath(result.GetValue(Settings.DataDir)!);
            var server = InstanceRecord.Load(Layout.Record(data, Components.Server));
            var node = InstanceRecord.Load(Layout.Record(data, Components.Node));
            var proxy = InstanceRecord.Load(Layout.Record(data, Components.Proxy));
            if ((server ?? node ?? proxy) is not { } any) throw new UsageException($"nothing has been started on {data}; nothing to take down");
            using var loggers = HostLogging.Create(LogLevel.Warning);
            foreach (var held in Locks(data)) await StopProcessAsync(held, cancellationToken);
            if (node is not null) await TakeDownNodeAsync(node.ToOptions(data), loggers, cancellationToken);
            if (proxy is not null) await ProxyComponent.TearDownAsync(proxy.ToOptions(data).ProxyTable, cancellationToken);
            if (server is { UserKubeconfig: { } user }) await ClusterKubeconfigs.UserKubeconfigOf(server.ToOptions(data)).RemoveAsync(user, cancellationToken);
            Remove(any.RunDir);
            if (result.GetValue(purge))
            {
                if (server is not null) RemoveKubeconfig(server.AdminKubeconfig);
                Remove(data);
            }

            Console.WriteLine(result.GetValue(purge) ? "everything is stopped and removed" : $"everything is stopped; the data stay in {data} (--purge removes them)");
            return 0;
        }));
        return command;
    }

    private static async Task TakeDownNodeAsync(HostOptions options, ILoggerFactory loggers, CancellationToken cancellationToken) =>
        await KubeletAgent.TearDownAsync(NodeRole.KubeletOptions(options, null), loggers, TimeProvider.System, cancellationToken);

    /// <summary>Nodes before the server that they report to.</summary>
    private static IEnumerable<string> Locks(string data) =>
        Directory.Exists(Layout.Locks(data)) ? Directory.GetFiles(Layout.Locks(data), "*.lock").OrderBy(l => Path.GetFileNameWithoutExtension(l) == Components.Server) : [];

    private static async Task StopProcessAsync(string lockFile, CancellationToken cancellationToken)
    {
        if (InstanceLock.HolderOf(lockFile) is not { } id) return;
        using var process = Process.GetProcessById(id);
        using (var kill = Process.Start("kill", ["-TERM", id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync(cancellationToken);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StopLimit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }
    }

    private static void RemoveKubeconfig(string path)
    {
        File.Delete(path);
        if (Path.GetDirectoryName(path) is { } directory && Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
    }

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
