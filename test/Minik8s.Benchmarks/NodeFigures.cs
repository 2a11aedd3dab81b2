using System.Diagnostics;
using k8s.Models;
using Minik8s.Client;
using Minik8s.Testing.Cluster;

namespace Minik8s.Benchmarks;

/// <summary>Size, memory, idle CPU, start and pod latency of a one-node cluster.</summary>
internal static class NodeFigures
{
    private const int Pods = 20;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static async Task<IReadOnlyList<Figure>> MeasureAsync()
    {
        await using var cluster = await TestCluster.StartAsync();
        (await cluster.Minik8s("down", "--data-dir", cluster.DataDir)).Succeeded();

        // Images, certificates and the store are there; containerd and the containers are not.
        var starts = new List<double>();
        for (var i = 0; i < 5; i++)
        {
            if (i > 0) (await cluster.Minik8s("down", "--data-dir", cluster.DataDir)).Succeeded();
            starts.Add(await StartAsync(cluster));
        }

        using var client = new KubeClient(KubeconfigFile.Load(cluster.Kubeconfig));
        var process = new ProcessFigures(cluster.ServerId);
        var before = process.CpuSeconds;
        var clock = Stopwatch.StartNew();
        await Task.Delay(Idle);
        var cpu = (process.CpuSeconds - before) / clock.Elapsed.TotalSeconds * 100;
        var (resident, peak) = (process.Resident, process.Peak);

        var throughApi = new List<double>();
        var bare = new List<double>();
        for (var i = 0; i < Pods; i++)
        {
            // In turn, so that whatever else the machine does falls on both alike.
            throughApi.Add(await PodAsync(client, $"latency-{i}"));
            bare.Add(await BareRuntime.PodAsync(Path.Combine(cluster.RunDir, "containerd", "containerd.sock"), $"bare-{i}", cluster.Machine.Name));
        }

        var executable = new FileInfo(Repository.Executable);
        return
        [
            new("size of the executable", $"{executable.Length / 1048576.0:0.0} MiB", ""),
            new("resident memory, `minik8s up` idle for a minute, containerd aside", $"{resident:0} MiB (peak {peak:0})", "target below 90; k3s 500 to 750"),
            new("CPU of the same over 60 s", $"{cpu:0.00} % of a core", "target below 1; k3s 5 to 6"),
            new("process start → node Ready, images present (median of 5)", $"{Median(starts):0} ms", "target below 2000"),
            new($"pod create → Running (median of {Pods})", $"{Median(throughApi):0} ms", ""),
            new($"the same container through bare CRI calls (median of {Pods})", $"{Median(bare):0} ms", ""),
            new("added by the cluster", $"{Median(throughApi) - Median(bare):0} ms", "target below 100"),
        ];
    }

    /// <summary>From the start of the process to a Ready status that this process has reported, in milliseconds.</summary>
    private static async Task<double> StartAsync(TestCluster cluster)
    {
        var clock = Stopwatch.StartNew();
        var started = DateTime.UtcNow;
        await cluster.LaunchAsync("up");
        using var client = new KubeClient(KubeconfigFile.Load(cluster.Kubeconfig));
        while (clock.Elapsed < Limit)
        {
            try
            {
                // The lease is renewed after the status has been reported; a status alone could be one of the former process.
                var lease = await client.Resource<V1Lease>().FindAsync(cluster.NodeName, "kube-node-lease");
                var node = await client.Resource<V1Node>().FindAsync(cluster.NodeName);
                if (lease?.Spec.RenewTime >= started && node?.Status?.Conditions?.Any(c => c is { Type: "Ready", Status: "True" }) == true && node.Spec.Taints is not { Count: > 0 }) return clock.Elapsed.TotalMilliseconds;
            }
            catch (Exception e) when (e is HttpRequestException or ApiException or TimeoutException)
            {
                // Not listening yet.
            }

            await Task.Delay(5);
        }

        throw new TimeoutException($"the node was not Ready within {Limit}:\n{cluster.Log}");
    }

    /// <summary>From the request that creates a pod to the watch event that says it runs, in milliseconds.</summary>
    private static async Task<double> PodAsync(KubeClient client, string name)
    {
        var pods = client.Resource<V1Pod>();
        using var limit = new CancellationTokenSource(Limit);
        var revision = (await pods.ListAsync(new ListOptions { Namespace = "default" }, limit.Token)).ResourceVersion;
        var pod = new V1Pod
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
            Spec = new V1PodSpec
            {
                TerminationGracePeriodSeconds = 0,
                Containers = [new V1Container { Name = "main", Image = BareRuntime.Image, Command = [.. BareRuntime.Command] }],
            },
        };
        var clock = Stopwatch.StartNew();
        await pods.CreateAsync(pod, limit.Token);
        var taken = 0.0;
        await foreach (var change in pods.WatchAsync(new ListOptions { Namespace = "default", ResourceVersion = revision }, limit.Token))
        {
            if (change.Object?.Metadata.Name != name || change.Object.Status?.Phase != "Running") continue;
            taken = clock.Elapsed.TotalMilliseconds;
            break;
        }

        await pods.DeleteAsync(name, "default", null, limit.Token);
        while (await pods.FindAsync(name, "default", limit.Token) is not null) await Task.Delay(20, limit.Token);
        return taken;
    }

    private static double Median(List<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}
