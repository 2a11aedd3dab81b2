using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Minik8s.Host.Roles;
using Minik8s.Kubelet;

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
            if (InstanceRecord.Load(Path.Combine(data, "instance.json")) is not { } instance) throw new UsageException($"no cluster has been started on {data}; nothing to take down");
            using var loggers = HostLogging.Create(LogLevel.Warning);
            await StopProcessAsync(Path.Combine(data, "minik8s.lock"), cancellationToken);
            var options = instance.ToOptions(data);
            await KubeletAgent.TearDownAsync(Cluster.KubeletOptions(options, null, () => []), loggers, TimeProvider.System, cancellationToken);
            if (instance.UserKubeconfig is { } user) await ClusterKubeconfigs.UserKubeconfigOf(options).RemoveAsync(user, cancellationToken);
            Remove(instance.RunDir);
            if (result.GetValue(purge))
            {
                File.Delete(instance.AdminKubeconfig);
                Remove(data);
            }

            Console.WriteLine(result.GetValue(purge) ? "everything is stopped and removed" : $"everything is stopped; the data stay in {data} (--purge removes them)");
            return 0;
        }));
        return command;
    }

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

    private static void Remove(string directory)
    {
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
    }
}
