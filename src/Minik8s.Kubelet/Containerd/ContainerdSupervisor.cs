using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Minik8s.Kubelet.Cri;

namespace Minik8s.Kubelet.Containerd;

/// <summary>
/// Keeps a containerd of our own running. It lives in a session of its own and is taken over by the next kubelet, so that containers outlive both:
/// a restart of the kubelet, however violent, and one of containerd, whose shims hold the containers.
/// </summary>
internal sealed partial class ContainerdSupervisor(ContainerdOptions options, TimeProvider time, ILogger<ContainerdSupervisor> logger)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RestartPause = TimeSpan.FromSeconds(1);

    private Process? _process;

    /// <summary>Takes over the containerd that runs, or starts one; returns when it answers.</summary>
    /// <exception cref="InvalidOperationException">It cannot be started; the message says why.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var directory in new[] { options.Root, options.State, options.CniConfigDir, Path.GetDirectoryName(options.LogFile)! }) Directory.CreateDirectory(directory);
        var config = ContainerdConfig.Render(options, Runtime(), Directory.Exists("/run/systemd/system"));
        var same = File.Exists(options.ConfigFile) && await File.ReadAllTextAsync(options.ConfigFile, cancellationToken) == config;
        if (Running() is { } running)
        {
            if (same && await AnswersAsync(cancellationToken))
            {
                _process = running;
                LogTakenOver(running.Id);
                return;
            }

            await StopAsync(running, cancellationToken);
        }

        await File.WriteAllTextAsync(options.ConfigFile, config, cancellationToken);
        _process = Launch();
        var watch = Stopwatch.StartNew();
        while (!await AnswersAsync(cancellationToken))
        {
            if (_process.HasExited) throw new InvalidOperationException($"containerd ended at once with {_process.ExitCode}; see {options.LogFile}");
            if (watch.Elapsed > StartLimit) throw new InvalidOperationException($"containerd did not answer within {StartLimit.TotalSeconds} s; see {options.LogFile}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, cancellationToken);
        }

        LogStarted(_process.Id);
    }

    /// <summary>Starts containerd again whenever it ends, until cancelled. The one that runs then is left alone.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await _process!.WaitForExitAsync(cancellationToken);
            LogEnded(options.LogFile);
            await Task.Delay(RestartPause, time, cancellationToken);
            await StartAsync(cancellationToken);
        }
    }

    /// <summary>Stops containerd. Containers go on under their shims.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (Running() is { } running) await StopAsync(running, cancellationToken);
    }

    private async Task StopAsync(Process process, CancellationToken cancellationToken)
    {
        Signal(process.Id, 15);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            process.Kill();
            await process.WaitForExitAsync(cancellationToken);
        }

        File.Delete(options.PidFile);
    }

    /// <summary>The containerd of ours that runs; null when there is none. A number that now belongs to something else is not it.</summary>
    private Process? Running()
    {
        if (!File.Exists(options.PidFile) || !int.TryParse(File.ReadAllText(options.PidFile), CultureInfo.InvariantCulture, out var id)) return null;
        try
        {
            var command = File.ReadAllText($"/proc/{id}/cmdline");
            return command.Contains(options.ConfigFile, StringComparison.Ordinal) ? Process.GetProcessById(id) : null;
        }
        catch (Exception e) when (e is IOException or ArgumentException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private Process Launch()
    {
        // setsid gives it a session of its own, where neither Ctrl-C nor the end of ours reaches it; the shell notes the process id and becomes containerd.
        var start = new ProcessStartInfo("setsid") { UseShellExecute = false, RedirectStandardInput = true };
        foreach (var argument in new[] { "sh", "-c", "echo $$ > \"$1\"; exec containerd --config \"$2\" >>\"$3\" 2>&1 </dev/null", "sh", options.PidFile, options.ConfigFile, options.LogFile })
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            var process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"cannot start containerd: {e.Message}; install the packages containerd, runc and util-linux", e);
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (!File.Exists(options.Socket)) return false;
        using var channel = CriChannel.Open(options.Socket);
        try
        {
            await new RuntimeService.RuntimeServiceClient(channel).VersionAsync(new VersionRequest(), deadline: DateTime.UtcNow.AddSeconds(5), cancellationToken: cancellationToken);
            return true;
        }
        catch (Exception e) when (e is RpcException or SocketException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>The OCI runtime: crun where it is installed, for its quicker starts; it refuses machines with cgroup v1 and v2 side by side.</summary>
    private static string Runtime()
    {
        var unified = File.Exists("/sys/fs/cgroup/cgroup.controllers");
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':');
        return unified && path.Any(d => File.Exists(Path.Combine(d, "crun"))) ? "crun" : "runc";
    }

    private static void Signal(int process, int signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    [LoggerMessage(LogLevel.Information, "containerd runs already as process {Process} and is taken over")]
    private partial void LogTakenOver(int process);

    [LoggerMessage(LogLevel.Information, "containerd runs as process {Process}")]
    private partial void LogStarted(int process);

    [LoggerMessage(LogLevel.Warning, "containerd has ended and is started again; its log is {LogFile}")]
    private partial void LogEnded(string logFile);
}
