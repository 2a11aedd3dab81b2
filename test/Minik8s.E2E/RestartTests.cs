using Minik8s.Testing;
using Minik8s.Testing.Cluster;

namespace Minik8s.E2E;

/// <summary>What survives when the process is killed, and what is left when the cluster is taken down.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Kill_9_under_write_load_loses_no_acknowledged_write_and_no_container()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Apply(PodExtensions.ScriptPod("survivor", "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
        await cluster.WaitReady("survivor");
        var id = await cluster.PodPath("survivor", "{.status.containerStatuses[0].containerID}");

        var before = (await cluster.Kubectl("get", "configmaps", "-o", "jsonpath={.metadata.resourceVersion}")).Succeeded();
        var acknowledged = new List<string>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 4).Select(w => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var name = $"written-{w}-{i}";
                var result = await cluster.Kubectl("create", "configmap", name, $"--from-literal=n={i}");
                if (result.ExitCode != 0) continue;
                lock (acknowledged) acknowledged.Add(name);
            }
        })).ToList();
        await Eventually.True(() => Task.FromResult(Count() > 20), "some writes are acknowledged");
        await cluster.KillAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        await cluster.UpAsync();
        var names = (await cluster.Kubectl("get", "configmaps", "-o", "name")).Succeeded();
        Assert.All(acknowledged, name => Assert.Contains($"configmap/{name}\n", names));
        // A watch from before the writes goes on where it was, across the restart.
        var resumed = (await cluster.Kubectl("get", "--raw", $"/api/v1/namespaces/default/configmaps?watch=true&timeoutSeconds=3&resourceVersion={before}")).Succeeded();
        Assert.All(acknowledged, name => Assert.Contains($"\"name\":\"{name}\"", resumed));
        await cluster.WaitReady("survivor");
        Assert.Equal(id, await cluster.PodPath("survivor", "{.status.containerStatuses[0].containerID}"));
        Assert.Equal("0", await cluster.PodPath("survivor", "{.status.containerStatuses[0].restartCount}"));
        Assert.Equal("alive\n", (await cluster.Kubectl("exec", "survivor", "--", "echo", "alive")).Succeeded());

        int Count()
        {
            lock (acknowledged) return acknowledged.Count;
        }
    }

    [Fact]
    public async Task An_orderly_stop_ends_with_zero_and_pods_keep_running()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Apply(PodExtensions.ScriptPod("stays", "sleep 100000", "Always", pod: "terminationGracePeriodSeconds: 0"));
        await cluster.WaitReady("stays");
        var id = await cluster.PodPath("stays", "{.status.containerStatuses[0].containerID}");
        var code = await cluster.StopServerAsync();
        Assert.True(code == 0, $"exit code {code}:\n{cluster.Log}");

        await cluster.UpAsync();
        await cluster.WaitReady("stays");
        Assert.Equal(id, await cluster.PodPath("stays", "{.status.containerStatuses[0].containerID}"));
    }

    [Fact]
    public async Task Down_leaves_nothing_behind()
    {
        await using var cluster = await TestCluster.StartAsync();
        await cluster.Apply(PodExtensions.ScriptPod("leftover", "sleep 100000", "Always", container: "ports: [{containerPort: 80, hostPort: 18080}]"));
        await cluster.WaitReady("leftover");
        Assert.Contains(cluster.Directory, (await Shell.RunAsync("mount", [])).Output);

        (await cluster.DownAsync()).Succeeded();

        Assert.DoesNotContain(cluster.Directory, (await Shell.RunAsync("mount", [])).Output);
        Assert.DoesNotContain(cluster.Directory, (await Shell.RunAsync("ps", ["-ewwo", "args"])).Output);
        var links = (await cluster.Machine.RunAsync("ip", "-o", "link")).Output;
        Assert.Equal(["eth0", "lo"], links.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(": ")[1].Split('@')[0]).Order());
        Assert.Equal("", (await cluster.Machine.RunAsync("nft", "list", "ruleset")).Output);
        Assert.Empty(Directory.GetDirectories("/sys/fs/cgroup", cluster.Machine.Name, SearchOption.AllDirectories));
        Assert.False(Directory.Exists(cluster.DataDir));
        Assert.False(Directory.Exists(cluster.RunDir));
        Assert.False(File.Exists(cluster.Kubeconfig));
    }
}
