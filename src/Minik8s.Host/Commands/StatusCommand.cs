using System.CommandLine;
using System.Globalization;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Host.Configuration;
using Minik8s.Host.Lifetime;
using Spectre.Console;
using Layout = Minik8s.Host.Configuration.Layout;

namespace Minik8s.Host.Commands;

/// <summary><c>minik8s status</c>: what runs and what does not; with <c>--wait</c>, shows the start until every node is Ready.</summary>
internal static class StatusCommand
{
    public static Command Create()
    {
        var wait = new Option<string?>("--wait") { Description = "Wait so long for the nodes to be Ready, such as 120s or 2m.", HelpName = "time" };
        var quiet = new Option<bool>("--quiet", "-q") { Description = "Print nothing; the exit code is 0 when the cluster is Ready." };
        var kubeconfig = new Option<bool>("--print-kubeconfig") { Description = "Print the path of the administrator's kubeconfig." };
        var command = new Command("status", "Shows what runs on this machine, and what does not and why.") { Settings.DataDir, wait, quiet, kubeconfig };
        command.SetAction((result, cancellationToken) => UsageErrors.ReportAsync(async () =>
        {
            var data = Path.GetFullPath(result.GetValue(Settings.DataDir)!);
            var limit = result.GetValue(wait) is { } text ? Duration(text) : TimeSpan.Zero;
            if (result.GetValue(kubeconfig))
            {
                Console.WriteLine((InstanceRecord.Load(Layout.Record(data, Components.Server)) ?? throw new UsageException($"no cluster has been started on {data}")).AdminKubeconfig);
                return 0;
            }

            return result.GetValue(quiet)
                ? (await ReadAsync(data, cancellationToken)).Ready ? 0 : 1
                : await ShowAsync(data, limit, cancellationToken);
        }));
        return command;
    }

    private static async Task<int> ShowAsync(string data, TimeSpan limit, CancellationToken cancellationToken)
    {
        var state = await ReadAsync(data, cancellationToken);
        if (limit > TimeSpan.Zero)
        {
            var until = TimeProvider.System.GetUtcNow() + limit;
            await AnsiConsole.Status().StartAsync(state.Text, async status =>
            {
                while (!state.Ready && TimeProvider.System.GetUtcNow() < until)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
                    state = await ReadAsync(data, cancellationToken);
                    status.Status(Markup.Escape(state.Text));
                }
            });
        }

        Console.WriteLine(state.Text);
        return state.Ready ? 0 : 1;
    }

    private static async Task<(bool Ready, string Text)> ReadAsync(string data, CancellationToken cancellationToken)
    {
        if (InstanceLock.HolderOf(Path.Combine(Layout.Locks(data), Components.Server + ".lock")) is not { } process)
        {
            return InstanceLock.HolderOf(Path.Combine(Layout.Locks(data), Components.Node + ".lock")) is { } node
                ? (false, $"process {node} runs a node here; ask `kubectl get nodes` of its cluster how it is")
                : (false, $"minik8s does not run on {data}; start it with `minik8s up`");
        }

        if (InstanceRecord.Load(Layout.Record(data, Components.Server)) is not { } instance || !File.Exists(instance.AdminKubeconfig)) return (false, $"process {process} is starting the API server");
        using var client = new KubeClient(KubeconfigFile.Load(instance.AdminKubeconfig) with { RequestTimeout = TimeSpan.FromSeconds(5) });
        try
        {
            var nodes = (await client.Resource<V1Node>().ListAsync(null, cancellationToken)).Items;
            if (nodes.Count == 0) return (false, "the API server is ready; no node has registered yet");
            var lines = nodes.Select(n => (n.Metadata.Name, Ready: n.Status?.Conditions?.FirstOrDefault(c => c.Type == "Ready"))).ToList();
            var text = string.Join(Environment.NewLine, lines.Select(l => l.Ready?.Status == "True" ? $"node {l.Name} is Ready" : $"node {l.Name} is not Ready: {l.Ready?.Message ?? "no status yet"}"));
            return (lines.All(l => l.Ready?.Status == "True"), text);
        }
        catch (Exception e) when (e is ApiException or HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return (false, $"process {process} runs, but its API server does not answer: {e.Message}");
        }
    }

    private static TimeSpan Duration(string text)
    {
        var unit = text.Length > 0 ? text[^1] : ' ';
        var factor = unit switch { 's' => 1, 'm' => 60, 'h' => 3600, _ => 0 };
        return factor > 0 && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? TimeSpan.FromSeconds((long)number * factor)
            : throw new UsageException($"--wait: \"{text}\" is not a time such as 120s or 2m");
    }
}
